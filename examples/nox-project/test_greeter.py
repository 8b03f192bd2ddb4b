import unittest

from greeter import greet


class Greeting(unittest.TestCase):
    def test_it_has_the_name(self) -> None:
        self.assertIn("Ada", greet("Ada"))
