#!/bin/sh
# corewise-rng on aarch64, run by qemu: its tests, with NumPy as it is on aarch64 beside it, and its
# streams beside those of this machine.
#
#     sh tests/aarch64.sh
#
# The compiler is Debian's `rustc-web`: of Debian's compilers it alone is new enough, and the standard
# library of either architecture is to be had for it. It, a linker, qemu, and Python and NumPy for
# aarch64 are unpacked in target/aarch64 (240 MB to download, 1 GB there), where they are found the
# next time; nothing is installed, and other Rust toolchains stay as they are. pip is that of
# COREWISE_TEST_PYTHON, else of python3. Ends with 77 where it cannot run.
set -eu

cd "$(dirname "$0")/.."
HERE=$PWD/target/aarch64
ROOT=$HERE/root
TARGET=aarch64-unknown-linux-gnu
CARGO=${CARGO:-cargo}
PYTHON=${COREWISE_TEST_PYTHON:-python3}

cannot() {
    echo "corewise-rng is not tested on aarch64: $*" >&2
    exit 77
}

# Where the system's apt finds a release.
mirror() {
    apt-get indextargets --format '$(RELEASE) $(REPO_URI)' | awk -v release="$1" '$1 == release { print $2; exit }'
}

# What apt has of a release, in a folder of its own: its keys, proxies and programs are the system's,
# its sources, lists and packages are not.
configure() {
    mkdir -p "$HERE/apt/etc/apt.conf.d" "$HERE/apt/etc/preferences.d" "$HERE/apt/lists/partial" \
        "$HERE/apt/cache/archives/partial"
    cat >"$HERE/apt/sources.list" <<SOURCES
deb [signed-by=$KEYS] $MAIN $RELEASE main
deb [signed-by=$KEYS] $SECURITY $RELEASE-security main
SOURCES
    # What the machine has: a compiler for itself, and its own C library.
    cat >"$HERE/apt/status" <<STATUS
Package: corewise-host
Status: install ok installed
Architecture: amd64
Multi-Arch: foreign
Maintainer: nobody
Version: 1
Provides: gcc, libc-dev, binutils (= 9:9), libc6 (= 9:9), libc6-dev (= 9:9)
Description: what the machine has already

STATUS
    { apt-config dump | grep -iE '^Acquire::https?::.*proxy' || true; } >"$HERE/apt/apt.conf"
    cat >>"$HERE/apt/apt.conf" <<CONFIGURATION
Dir::Etc "$HERE/apt/etc";
Dir::Etc::sourcelist "$HERE/apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::State "$HERE/apt";
Dir::State::status "$HERE/apt/status";
Dir::Cache "$HERE/apt/cache";
APT::Architecture "amd64";
APT::Architectures { "amd64"; "arm64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
#clear DPkg::Pre-Install-Pkgs;
CONFIGURATION
    export APT_CONFIG="$HERE/apt/apt.conf"
}

# Downloads the packages, checked by apt against Debian's signatures, and unpacks them.
unpack() {
    [ -r /etc/os-release ] || cannot 'it needs Debian'
    ID=$(. /etc/os-release && echo "${ID:-}")
    RELEASE=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    case $ID:$RELEASE in
    debian:bookworm | debian:trixie) ;;
    *) cannot "it needs Debian 12 or 13, and this is ${ID:-no Debian} ${RELEASE:-}" ;;
    esac
    KEYS=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -r $KEYS ] || cannot "Debian's keys are missing (apt-get install debian-archive-keyring)"
    free=$(df -Pk target | awk 'END { print int($4 / 1024) }')
    [ "$free" -ge 2500 ] || cannot "it needs 2500 MB free in target, and there are $free"

    MAIN=$(mirror "$RELEASE")
    SECURITY=$(mirror "$RELEASE-security")
    [ "$MAIN" ] && [ "$SECURITY" ] || cannot "apt has no sources of $RELEASE and $RELEASE-security"

    rm -rf "$HERE/apt" "$ROOT" "$ROOT.part"
    configure
    /usr/lib/apt/apt-helper -qq download-file "${MAIN}dists/$RELEASE/InRelease" \
        "$HERE/apt/InRelease" >"$HERE/apt/log" 2>&1 || cannot "$MAIN cannot be reached"
    apt-get -qq update
    archives=$HERE/apt/cache/archives
    apt-get -qq --yes --download-only install \
        rustc-web gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user \
        python3-minimal:arm64 libpython3-stdlib:arm64
    (cd "$archives" && apt-get -qq download libstd-rust-web-dev:arm64)

    mkdir -p "$ROOT.part"
    for package in "$archives"/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$ROOT.part" --exclude='./usr/share' \
            --exclude='./usr/bin/qemu-[!a]*' --exclude='./usr/libexec/gcc*/*/*/lto1'
    done
    rm -rf "$HERE/apt"
    mv "$ROOT.part" "$ROOT"
}

# NumPy for aarch64, no newer than this machine's: for what NumPy changed, corewise-rng follows one.
install_numpy() {
    newest=$("$PYTHON" -c 'import numpy; print(numpy.__version__)') ||
        cannot "$PYTHON has no NumPy; name another in COREWISE_TEST_PYTHON"
    version=$("$HERE/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    rm -rf "$HERE/numpy.part"
    "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps \
        --target "$HERE/numpy.part" --only-binary :all: --implementation cp \
        --python-version "$version" --platform manylinux2014_aarch64 \
        --platform manylinux_2_27_aarch64 --platform manylinux_2_28_aarch64 \
        "numpy<=$newest" || cannot 'NumPy cannot be downloaded'
    mv "$HERE/numpy.part" "$HERE/numpy"
}

# A program of the folder, as $HERE/NAME: with the folder's libraries, and these words before others.
wrap() {
    name=$1 program=$2
    shift 2
    cat >"$HERE/$name" <<WRAPPER
#!/bin/sh
export LD_LIBRARY_PATH='$ROOT/usr/lib/x86_64-linux-gnu'
exec '$ROOT/usr/bin/$program' $* "\$@"
WRAPPER
    chmod +x "$HERE/$name"
}

[ "$(uname -sm)" = 'Linux x86_64' ] || cannot "it needs Linux on x86-64, and this is $(uname -sm)"
mkdir -p "$HERE"
exec 9>"$HERE/lock"
flock 9
[ -d "$ROOT" ] || unpack
wrap rustc rustc
wrap rustdoc rustdoc
wrap linker aarch64-linux-gnu-gcc "'--sysroot=$ROOT'"
emulate="-U LD_LIBRARY_PATH -L '$ROOT/usr/aarch64-linux-gnu'"
wrap qemu qemu-aarch64 "$emulate"
wrap python qemu-aarch64 "$emulate -E PYTHONHOME='$ROOT/usr' -E PYTHONPATH='$HERE/numpy' \
    -E LD_LIBRARY_PATH='$ROOT/usr/lib/aarch64-linux-gnu:$ROOT/lib/aarch64-linux-gnu' \
    '$ROOT/usr/bin/python3'"
[ -d "$HERE/numpy" ] || install_numpy

unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER
# The other packages are compiled for one run: sooner is better than faster.
cross() {
    verb=$1
    shift
    RUSTC="$HERE/rustc" RUSTDOC="$HERE/rustdoc" RUSTFLAGS='-D unused' \
        CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER="$HERE/linker" \
        CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="$HERE/qemu" \
        "$CARGO" "$verb" --package corewise-rng --target $TARGET --target-dir "$HERE/build" \
        --config 'profile.dev.package."*".opt-level=0' "$@"
}

# qemu itself fails in the child of a fork that starts threads while its parent's threads run.
COREWISE_TEST_PYTHON="$HERE/python" cross test --lib --tests -- \
    --skip a_fork_while_other_threads_fill_does_no_harm
"$CARGO" run --quiet --package corewise-rng --example streams >"$HERE/streams-x86-64"
cross run --quiet --example streams >"$HERE/streams-aarch64"
if ! cmp -s "$HERE/streams-x86-64" "$HERE/streams-aarch64"; then
    echo 'streams that differ (< x86-64, > aarch64):' >&2
    diff "$HERE/streams-x86-64" "$HERE/streams-aarch64" >&2 || exit 1
fi
echo "$(wc -l <"$HERE/streams-aarch64") streams are the same on x86-64 and aarch64"
