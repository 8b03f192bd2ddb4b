"""Recipes: how known tools are asked for their version, and under which names the channels have them.

A tool that is not listed is asked with `--version`, and where it comes from is not known. To add one, write its
line into the table, in the order of the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

__all__ = ["CHANNELS", "Recipe", "known_tools", "recipe_for"]

_UNIX = ("apt", "dnf", "pacman", "apk", "zypper", "brew")
CHANNELS = frozenset({*_UNIX, "winget", "choco", "conda", "pip", "npm", "cargo"})


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a tool is asked for its version, and how it is come by.

    `pattern` is searched in the output line by line, and its one group is the version; None leaves the reading
    to `gating.versions`. `ok_codes` are the exit codes of an answer. `slow` tools take half a second or more,
    and are started first. `packages` is the package's name by channel; `pip` is the Python distribution that
    brings the tool. `links` are the tool's own sites.
    """

    argv: tuple[str, ...] = ("--version",)
    pattern: str | None = None
    ok_codes: tuple[int, ...] = (0,)
    slow: bool = False
    packages: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()


@cache
def recipe_for(name: str) -> Recipe:
    """The recipe of a tool by its name, in any case of letters; one that is not known is asked with `--version`."""
    lower = name.lower().removesuffix(".exe")
    known = next((one for one in (name, lower) if one in _rows()), None)
    return Recipe() if known is None else _recipe(known, *_rows()[known])


def known_tools() -> tuple[str, ...]:
    """The names in the table, in its order."""
    return tuple(_rows())


@cache
def _rows() -> dict[str, list[str]]:
    cells = ([cell.strip() for cell in line.split("|")] for line in _TABLE.strip().splitlines())
    return {name: row for name, *row in cells}


def _recipe(name: str, packages: str, site: str, arguments: str = "--version") -> Recipe:
    words = packages.split()
    named: dict[str, str] = {}
    for word in words:
        channels, _, package = word.partition("=")
        if package:
            named |= dict.fromkeys(_UNIX if channels == "unix" else channels.split(","), package)
    return Recipe(
        argv=tuple(arguments.split()),
        pattern=_PATTERNS.get(name),
        slow="slow" in words,
        packages=named,
        links=(f"https://{site}",),
    )


# Where the version is not plain from the words: see `gating.versions.extract` for what is.
_PATTERNS: Mapping[str, str] = {
    "az": r'"azure-cli": "(\d[^"]*)"',
    "erl": r"^(\d+)$",
    "jupyter": r"^jupyter_core\s*:\s*(\d\S*)",
    "nvidia-smi": r"Driver Version: (\d[\d.]*)",
    "sbt": r"^sbt (?:runner|script) version: (\d\S*)",
    "systemctl": r"^systemd (\d\S*)",
}

# tool | packages, and whether it is slow | its own site | what it is asked with, if not --version
# `unix` is the name that apt, dnf, pacman, apk, zypper and brew share, but for those named after it.
_TABLE = """
7z               | apt=p7zip-full pacman=7zip brew=p7zip winget=7zip.7zip | www.7-zip.org | i
R                | apt=r-base-core dnf=R-core pacman,brew=r apk=R zypper=R-base winget=RProject.R | www.r-project.org
act              | brew=act winget=nektos.act | github.com/nektos/act
actionlint       | brew=actionlint winget=rhysd.actionlint | github.com/rhysd/actionlint
ansible          | slow pip=ansible-core brew=ansible | docs.ansible.com
ansible-lint     | slow pip,brew=ansible-lint | ansible.readthedocs.io/projects/lint
ansible-playbook | slow pip=ansible-core brew=ansible | docs.ansible.com
ant              | unix=ant apk=apache-ant | ant.apache.org | -version
autoconf         | unix=autoconf | www.gnu.org/software/autoconf
automake         | unix=automake | www.gnu.org/software/automake
autopep8         | pip=autopep8 | github.com/hhatto/autopep8
awk              | unix=gawk | www.gnu.org/software/gawk | -W version
aws              | slow brew=awscli winget=Amazon.AWSCLI | aws.amazon.com/cli
az               | slow brew=azure-cli winget=Microsoft.AzureCLI | learn.microsoft.com/cli/azure | version
bandit           | pip=bandit | bandit.readthedocs.io
bash             | unix=bash | www.gnu.org/software/bash
bat              | unix=bat winget=sharkdp.bat cargo=bat | github.com/sharkdp/bat
bazel            | slow brew=bazel winget=Bazel.Bazelisk | bazel.build
bison            | unix=bison | www.gnu.org/software/bison
black            | pip,brew=black | black.readthedocs.io
brew             | | brew.sh
bump-my-version  | slow pip=bump-my-version | callowayproject.github.io/bump-my-version
bun              | npm=bun winget=Oven-sh.Bun | bun.sh
bundle           | apt,pacman=ruby-bundler brew=ruby | bundler.io
bzip2            | unix=bzip2 | sourceware.org/bzip2 | --help
cabal            | apt,dnf,pacman,brew=cabal-install | www.haskell.org/cabal
cargo            | unix=cargo pacman,brew=rust winget=Rustlang.Rustup | rustup.rs
ccache           | unix=ccache | ccache.dev
check-jsonschema | pip,brew=check-jsonschema | check-jsonschema.readthedocs.io
chromium         | slow apt,dnf,pacman,apk,zypper=chromium | www.chromium.org
clang            | unix=clang brew=llvm winget=LLVM.LLVM | clang.llvm.org
clang-format     | apt,brew=clang-format dnf=clang-tools-extra pacman=clang | clang.llvm.org/docs/ClangFormat.html
clang-tidy       | apt=clang-tidy dnf=clang-tools-extra pacman=clang | clang.llvm.org/extra/clang-tidy
cmake            | unix=cmake winget=Kitware.CMake | cmake.org
codespell        | pip,brew=codespell | github.com/codespell-project/codespell
conan            | slow pip,brew=conan | conan.io
conda            | slow winget=Anaconda.Miniconda3 | docs.conda.io
convert          | unix=imagemagick dnf,zypper=ImageMagick | imagemagick.org | -version
copier           | slow pip=copier | copier.readthedocs.io
coverage         | pip=coverage | coverage.readthedocs.io
curl             | unix=curl winget=cURL.cURL | curl.se
deno             | pacman,brew,npm=deno winget=DenoLand.Deno | deno.com
docker           | apt=docker.io dnf=moby-engine pacman,apk,zypper=docker winget=Docker.DockerDesktop | www.docker.com
docker-compose   | apt,dnf,pacman,brew=docker-compose | docs.docker.com/compose/install
dot              | unix=graphviz winget=Graphviz.Graphviz | graphviz.org | -V
dotnet           | brew=dotnet | dotnet.microsoft.com
doxygen          | unix=doxygen winget=DimitriVanHeesch.Doxygen | www.doxygen.nl
elixir           | unix=elixir | elixir-lang.org
erl              | unix=erlang | www.erlang.org | -noinput -eval io:put_chars(erlang:system_info(otp_release)),halt().
eslint           | npm=eslint | eslint.org
exiftool         | apt=libimage-exiftool-perl dnf=perl-Image-ExifTool apk,brew=exiftool | exiftool.org | -ver
fd               | dnf,cargo=fd-find pacman,apk,zypper,brew=fd winget=sharkdp.fd | github.com/sharkdp/fd
fdfind           | apt=fd-find | github.com/sharkdp/fd
ffmpeg           | unix=ffmpeg dnf=ffmpeg-free winget=Gyan.FFmpeg | ffmpeg.org | -version
ffprobe          | unix=ffmpeg dnf=ffmpeg-free winget=Gyan.FFmpeg | ffmpeg.org | -version
fish             | unix=fish | fishshell.com
flake8           | pip,brew=flake8 | flake8.pycqa.org
flex             | unix=flex | github.com/westes/flex
flit             | pip=flit | flit.pypa.io
fzf              | unix=fzf winget=junegunn.fzf | github.com/junegunn/fzf
g++              | apt,apk=g++ dnf,zypper=gcc-c++ pacman,brew=gcc | gcc.gnu.org
gawk             | unix=gawk | www.gnu.org/software/gawk
gcc              | unix=gcc | gcc.gnu.org
gcloud           | slow winget=Google.CloudSDK | cloud.google.com/sdk
gcovr            | pip=gcovr | gcovr.com
gdb              | unix=gdb | www.sourceware.org/gdb
gfortran         | apt,apk=gfortran dnf=gcc-gfortran pacman,zypper=gcc-fortran brew=gcc | gcc.gnu.org/fortran
gh               | unix=gh pacman,apk=github-cli winget=GitHub.cli | cli.github.com
ghc              | unix=ghc | www.haskell.org/ghc
git              | unix=git winget=Git.Git | git-scm.com
git-lfs          | unix=git-lfs winget=GitHub.GitLFS | git-lfs.com
gitleaks         | brew=gitleaks winget=Gitleaks.Gitleaks | gitleaks.io | version
gitlint          | pip=gitlint | jorisroovers.com/gitlint
gmake            | unix=make | www.gnu.org/software/make
gnuplot          | unix=gnuplot | www.gnuplot.info
go               | unix=go apt=golang-go dnf=golang winget=GoLang.Go | go.dev | version
golangci-lint    | brew=golangci-lint winget=GolangCI.golangci-lint | golangci-lint.run
google-chrome    | slow winget=Google.Chrome | www.google.com/chrome
gpg              | unix=gnupg dnf=gnupg2 zypper=gpg2 winget=GnuPG.GnuPG | gnupg.org
gradle           | slow apt,pacman,brew=gradle | gradle.org
grep             | unix=grep | www.gnu.org/software/grep
gs               | unix=ghostscript | www.ghostscript.com
gunicorn         | pip=gunicorn | gunicorn.org
gzip             | unix=gzip | www.gnu.org/software/gzip
hadolint         | brew=hadolint | github.com/hadolint/hadolint
hatch            | pip,brew=hatch | hatch.pypa.io
helm             | pacman,brew=helm winget=Helm.Helm | helm.sh | version --short
hg               | unix=mercurial | www.mercurial-scm.org
htop             | unix=htop | htop.dev
hugo             | unix=hugo winget=Hugo.Hugo.Extended | gohugo.io | version
hyperfine        | unix=hyperfine winget=sharkdp.hyperfine cargo=hyperfine | github.com/sharkdp/hyperfine
initdb           | apt,pacman=postgresql dnf=postgresql-server | www.postgresql.org
inkscape         | slow unix=inkscape winget=Inkscape.Inkscape | inkscape.org
inv              | pip=invoke | www.pyinvoke.org
invoke           | pip=invoke | www.pyinvoke.org
ipython          | slow pip=ipython | ipython.readthedocs.io
isort            | pip,brew=isort | pycqa.github.io/isort
java             | apt=default-jre-headless pacman=jre-openjdk-headless brew=openjdk | openjdk.org | -version
javac            | apt=default-jdk-headless pacman=jdk-openjdk brew=openjdk | openjdk.org | -version
jq               | unix=jq winget=jqlang.jq | jqlang.org
julia            | brew=julia winget=Julialang.Julia | julialang.org
jupyter          | slow pip=jupyter-core | jupyter.org
jupyter-lab      | slow pip,brew=jupyterlab | jupyter.org
just             | brew,pacman,cargo=just winget=Casey.Just | just.systems
kind             | brew=kind winget=Kubernetes.kind | kind.sigs.k8s.io
kotlinc          | slow brew=kotlin | kotlinlang.org | -version
kubectl          | pacman=kubectl brew=kubernetes-cli winget=Kubernetes.kubectl | kubernetes.io | version --client
kustomize        | pacman,brew=kustomize | kustomize.io | version
latex            | apt=texlive-latex-base dnf,pacman=texlive-latex brew=texlive | www.latex-project.org
latexmk          | apt,dnf=latexmk pacman=texlive-binextra brew=texlive | www.cantab.net/users/johncollins/latexmk
lcov             | apt,dnf,pacman,zypper,brew=lcov | github.com/linux-test-project/lcov
less             | unix=less | www.greenwoodsoftware.com/less
libreoffice      | slow unix=libreoffice pacman=libreoffice-fresh | www.libreoffice.org
lua              | apt,apk=lua5.4 dnf,pacman,brew=lua winget=DEVCOM.Lua | www.lua.org | -v
luajit           | unix=luajit | luajit.org | -v
lualatex         | apt=texlive-latex-base pacman=texlive-luatex brew=texlive | www.latex-project.org
magick           | unix=imagemagick dnf,zypper=ImageMagick winget=ImageMagick.ImageMagick | imagemagick.org | -version
make             | unix=make | www.gnu.org/software/make
mariadb          | unix=mariadb-client dnf,brew=mariadb pacman=mariadb-clients | mariadb.org
markdownlint     | npm,brew=markdownlint-cli | github.com/igorshubovych/markdownlint-cli
memcached        | unix=memcached | memcached.org | -V
meson            | unix=meson pip=meson | mesonbuild.com
minikube         | pacman,brew=minikube winget=Kubernetes.minikube | minikube.sigs.k8s.io | version
mkdocs           | pip,brew=mkdocs | www.mkdocs.org
mvn              | slow unix=maven | maven.apache.org
mypy             | pip,brew=mypy | mypy-lang.org
mysql            | apt=default-mysql-client dnf=mysql brew=mysql-client | www.mysql.com
nginx            | unix=nginx | nginx.org | -v
ninja            | unix=ninja-build pacman,zypper,brew=ninja winget=Ninja-build.Ninja | ninja-build.org
nmap             | unix=nmap winget=Insecure.Nmap | nmap.org
node             | apt,dnf,pacman,apk=nodejs brew=node winget=OpenJS.NodeJS.LTS | nodejs.org
nox              | pip,brew=nox | nox.thea.codes
npm              | apt,dnf,pacman,apk=npm brew=node winget=OpenJS.NodeJS.LTS | docs.npmjs.com
npx              | apt,dnf,pacman,apk=npm brew=node winget=OpenJS.NodeJS.LTS | docs.npmjs.com
nvcc             | apt=nvidia-cuda-toolkit pacman=cuda winget=Nvidia.CUDA | developer.nvidia.com/cuda-toolkit
nvidia-smi       | slow | www.nvidia.com/drivers
ocaml            | unix=ocaml | ocaml.org | -version
openssl          | unix=openssl brew=openssl@3 | www.openssl.org | version
packer           | winget=Hashicorp.Packer | developer.hashicorp.com/packer
pandoc           | unix=pandoc pacman=pandoc-cli winget=JohnMacFarlane.Pandoc | pandoc.org
patch            | unix=patch brew=gpatch | www.gnu.org/software/patch
patchelf         | unix=patchelf | github.com/NixOS/patchelf
pdflatex         | apt=texlive-latex-base dnf,pacman=texlive-latex brew=texlive | www.latex-project.org
pdm              | slow pip,brew=pdm | pdm-project.org
pdoc             | pip=pdoc | pdoc.dev
perl             | unix=perl winget=StrawberryPerl.StrawberryPerl | www.perl.org
pg_dump          | apt=postgresql-client dnf,pacman=postgresql brew=libpq | www.postgresql.org
php              | apt,dnf=php-cli pacman,brew=php | www.php.net
pip              | pip=pip | pip.pypa.io
pip-audit        | slow pip=pip-audit | github.com/pypa/pip-audit
pipx             | pip,brew=pipx | pipx.pypa.io
pkg-config       | unix=pkgconf dnf,zypper=pkgconf-pkg-config | www.freedesktop.org/wiki/Software/pkg-config
pnpm             | npm,brew=pnpm winget=pnpm.pnpm | pnpm.io
podman           | unix=podman winget=RedHat.Podman | podman.io
poetry           | slow pip,brew=poetry | python-poetry.org
postgres         | apt,pacman=postgresql dnf=postgresql-server | www.postgresql.org
pre-commit       | pip,brew=pre-commit | pre-commit.com
prek             | pip,brew=prek cargo=prek | prek.j178.dev
prettier         | npm,brew=prettier | prettier.io
protoc           | apt,dnf=protobuf-compiler pacman,brew=protobuf apk=protoc winget=Google.Protobuf | protobuf.dev
psql             | apt=postgresql-client dnf,pacman=postgresql brew=libpq | www.postgresql.org
pulumi           | slow brew=pulumi winget=Pulumi.Pulumi | www.pulumi.com | version
pwsh             | slow winget=Microsoft.PowerShell | learn.microsoft.com/powershell
pycodestyle      | pip=pycodestyle | pycodestyle.pycqa.org
pydocstyle       | pip=pydocstyle | www.pydocstyle.org
pyflakes         | pip=pyflakes | github.com/PyCQA/pyflakes
pylint           | slow pip,brew=pylint | pylint.readthedocs.io
pyproject-build  | pip=build | build.pypa.io
pyright          | slow pip,npm,brew=pyright | microsoft.github.io/pyright
pytest           | pip=pytest | docs.pytest.org
python           | brew=python winget=Python.Python.3.13 | www.python.org
python3          | unix=python3 pacman,brew=python winget=Python.Python.3.13 | www.python.org
radon            | pip=radon | radon.readthedocs.io
redis-cli        | apt=redis-tools dnf,apk,zypper,brew=redis | redis.io
redis-server     | apt=redis-server dnf,apk,zypper,brew=redis | redis.io
reuse            | pip,brew=reuse | reuse.software
rg               | unix=ripgrep winget=BurntSushi.ripgrep.MSVC cargo=ripgrep | github.com/BurntSushi/ripgrep
rsync            | unix=rsync | rsync.samba.org
ruby             | unix=ruby winget=RubyInstallerTeam.Ruby.3.3 | www.ruby-lang.org
ruff             | pip,brew=ruff winget=astral-sh.ruff | docs.astral.sh/ruff
rustc            | unix=rust apt=rustc winget=Rustlang.Rustup | rustup.rs
rustup           | dnf,pacman,brew=rustup winget=Rustlang.Rustup | rustup.rs
sbt              | slow brew=sbt | www.scala-sbt.org
scons            | unix=scons pip=scons | scons.org
scriv            | pip=scriv | scriv.readthedocs.io
sed              | unix=sed brew=gnu-sed | www.gnu.org/software/sed
semgrep          | slow pip,brew=semgrep | semgrep.dev
shellcheck       | unix=shellcheck dnf,zypper=ShellCheck winget=koalaman.shellcheck | www.shellcheck.net
shfmt            | unix=shfmt winget=mvdan.shfmt | github.com/mvdan/sh
sphinx-build     | slow pip=sphinx brew=sphinx-doc | www.sphinx-doc.org
sqlfluff         | slow pip,brew=sqlfluff | sqlfluff.com
sqlite3          | unix=sqlite apt,zypper=sqlite3 winget=SQLite.SQLite | sqlite.org
ssh              | apt,apk=openssh-client dnf,zypper=openssh-clients pacman,brew=openssh | www.openssh.com | -V
stack            | apt,brew=haskell-stack dnf,pacman=stack | docs.haskellstack.org
strace           | apt,dnf,pacman,apk,zypper=strace | strace.io | -V
svn              | unix=subversion | subversion.apache.org
swift            | slow winget=Swift.Toolchain | www.swift.org
swig             | unix=swig | www.swig.org | -version
systemctl        | apt,dnf,pacman,zypper=systemd | systemd.io
taplo            | npm=@taplo/cli brew=taplo cargo=taplo-cli | taplo.tamasfe.dev
tar              | unix=tar brew=gnu-tar | www.gnu.org/software/tar
terraform        | slow winget=Hashicorp.Terraform | developer.hashicorp.com/terraform | version
tesseract        | unix=tesseract-ocr dnf,pacman,brew=tesseract | tesseract-ocr.github.io
tmux             | unix=tmux | github.com/tmux/tmux | -V
towncrier        | pip=towncrier | towncrier.readthedocs.io
tox              | pip,brew=tox | tox.wiki
tree             | unix=tree | gitlab.com/OldManProgrammer/unix-tree
trivy            | brew,pacman=trivy winget=AquaSecurity.Trivy | trivy.dev
tsc              | npm,brew=typescript | www.typescriptlang.org
twine            | pip,brew=twine | twine.readthedocs.io
typos            | pacman=typos brew,cargo=typos-cli | github.com/crate-ci/typos
unzip            | unix=unzip | infozip.sourceforge.net | -v
uv               | pip,brew=uv winget=astral-sh.uv | docs.astral.sh/uv
vagrant          | winget=Hashicorp.Vagrant | developer.hashicorp.com/vagrant
valgrind         | apt,dnf,pacman,apk,zypper=valgrind | valgrind.org
vboxmanage       | slow pacman=virtualbox winget=Oracle.VirtualBox | www.virtualbox.org
vim              | unix=vim winget=vim.vim | www.vim.org
virtualenv       | pip,brew=virtualenv | virtualenv.pypa.io
vite             | npm=vite | vite.dev
vulture          | pip,brew=vulture | github.com/jendrikseipp/vulture
wget             | unix=wget winget=JernejSimoncic.Wget | www.gnu.org/software/wget
wkhtmltopdf      | apt=wkhtmltopdf winget=wkhtmltopdf.wkhtmltox | wkhtmltopdf.org
xelatex          | apt,dnf,pacman=texlive-xetex brew=texlive | xetex.sourceforge.net
xz               | unix=xz apt=xz-utils | tukaani.org/xz
yamllint         | pip,brew=yamllint | yamllint.readthedocs.io
yapf             | pip,brew=yapf | github.com/google/yapf
yarn             | npm,brew=yarn winget=Yarn.Yarn | yarnpkg.com
yq               | brew=yq winget=MikeFarah.yq | mikefarah.gitbook.io/yq
zig              | pacman,apk,brew=zig winget=zig.zig | ziglang.org | version
zip              | unix=zip | infozip.sourceforge.net | -v
zsh              | unix=zsh | www.zsh.org
zstd             | unix=zstd | facebook.github.io/zstd
"""
