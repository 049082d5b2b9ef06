#!/bin/sh
# Installs jeton from its tarball, brings it to another version, and removes it. See docs/installing.md.
#
# Everything that runs is in PREFIX/lib/jeton, which is replaced as a whole: at each moment there is a working version. All else are links
# and texts, which PREFIX/lib/jeton/installed-files lists.
set -eu
LC_ALL=C
export LC_ALL

VERSION=@VERSION@

usage() {
  cat <<END
Usage: sh install.sh [--prefix FOLDER] [--from PLACE]
       sh install.sh --uninstall [--prefix FOLDER]

Installs jeton $VERSION, or replaces another version by it.

  --prefix FOLDER   where to install: /usr/local for root, ~/.local for other users
  --from PLACE      a folder or an https address that has the tarball and its checksum: the folder of install.sh
  --uninstall       remove what install.sh has installed; the accounts of users stay
  --help            print this
END
}

# Prints what is wrong, and hints, one for each further argument.
fail() {
  printf 'Error: %s\n' "$1" >&2
  shift
  for hint; do printf 'hint: %s\n' "$hint" >&2; done
  exit 1
}

has() { command -v "$1" > /dev/null 2>&1; }

exists() { [ -e "$1" ] || [ -L "$1" ]; }

# The folder of this script; empty if a shell reads it from a pipe.
own_folder() {
  case $0 in
    */*) (cd "${0%/*}" && pwd) ;;
    *) [ -f "$0" ] && pwd || : ;;
  esac
}

# --- the computer

kind_of_computer() {
  [ "$(uname -s)" = Linux ] || fail "the tarballs are for Linux, and this is $(uname -s)" 'npm has jeton for all systems: docs/installing.md'
  case $(uname -m) in
    x86_64) echo x64 ;;
    aarch64 | arm64) echo arm64 ;;
    *) fail "there is no tarball for $(uname -m), only for x86_64 and aarch64" 'npm has jeton for all computers with Node.js: docs/installing.md' ;;
  esac
}

# --- one at a time

# The folders of PREFIX, each ending with a slash, that this script has made.
made=

# Makes the folder for what is not finished, which also tells others that this script runs. Takes over what one that was killed has left.
begin() {
  exists "$prefix/lib" || made=lib/
  exists "$prefix" || made="$made ./"
  for_others='install as root, or for yourself: --prefix ~/.local'
  mkdir -p "$prefix/lib" 2> /dev/null || fail "cannot make the folder $prefix/lib" "$for_others"
  [ -w "$prefix/lib" ] || fail "no permission to write to $prefix/lib" "$for_others"
  if ! mkdir "$work" 2> /dev/null; then
    other=$(cat "$work/process" 2> /dev/null || :)
    if [ -n "$other" ] && kill -0 "$other" 2> /dev/null; then
      fail "process $other is installing to $prefix, too" 'wait until it has ended'
    fi
    recover
    rm -rf "$work"
    mkdir "$work"
  fi
  trap end EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  echo $$ > "$work/process"
}

# Leaves nothing that is not installed. Folders that something was put into are not empty, and stay.
end() {
  recover
  rm -rf "$work"
  for folder in $made; do rmdir "$prefix/${folder#./}" 2> /dev/null || :; done
}

# Puts the version of before back, if the new one is not there.
recover() {
  if [ ! -d "$lib" ] && [ -d "$work/old" ]; then mv "$work/old" "$lib"; fi
}

# --- the tarball

# Copies a file from the place that --from names.
fetch() {
  case $from in
    https://* | http://127.0.0.1:* | http://localhost:*)
      if has curl; then
        curl -fsSL --proto-redir =https -o "$work/$1" "$from/$1" || fail "cannot download $from/$1"
      elif has wget; then
        wget -q -O "$work/$1" "$from/$1" || fail "cannot download $from/$1"
      else
        fail 'there is neither curl nor wget' "download $1 elsewhere, and give its folder with --from"
      fi
      ;;
    *://*) fail "only https can be trusted, and not $from" ;;
    *) [ -f "$from/$1" ] && cp "$from/$1" "$work/$1" || fail "$from/$1 is missing" 'say with --from where the tarball and its checksum are' ;;
  esac
}

sha256() {
  if has sha256sum; then sha256sum "$1"
  elif has shasum; then shasum -a 256 "$1"
  else openssl dgst -sha256 -r "$1"
  fi | cut -d ' ' -f 1
}

# Unpacks the tarball, after it has turned out to be the one that was released, and tries whether its programs run here.
unpack() {
  checksums=jeton-$VERSION-checksums.txt
  fetch "$checksums"
  expected=$(sed -n "s/^\([0-9a-f]\{64\}\)  $name\.tar\.gz\$/\1/p" "$work/$checksums")
  [ -n "$expected" ] || fail "$checksums does not list $name.tar.gz"
  fetch "$name.tar.gz"
  actual=$(sha256 "$work/$name.tar.gz")
  [ "$actual" = "$expected" ] ||
    fail "$name.tar.gz is damaged, or not the one that was released: its SHA-256 is $actual, and $checksums says $expected" 'nothing was installed; download it again'
  tar -xzf "$work/$name.tar.gz" -C "$work" || fail "cannot unpack $name.tar.gz to $prefix/lib"
  rm "$work/$name.tar.gz"
  # sodium.cjs loads the only library that is compiled, and not in Node.
  { "$new/bin/oidc-gen" --version && "$new/lib/jeton/node" "$new/lib/jeton/sodium.cjs"; } > "$work/output" 2>&1 || {
    sed 's/^/  /' "$work/output" >&2
    fail 'the programs do not run on this computer' 'they need Linux 4.18 and glibc 2.28 or later, as Debian 10 and RHEL 8 have them' 'nothing was installed'
  }
}

# --- files

# Of the new version, all that is not in lib/jeton.
list_new() { (cd "$new" && find bin share -type f -o -type l); }

is_ours() { [ -f "$files" ] && grep -Fqx "$1" "$files"; }

# Whether PREFIX/$1 is in the way, and something else.
refuse_others() {
  if exists "$lib" && [ ! -f "$files" ]; then
    fail "$lib is there, and install.sh has not installed it" 'remove it by the way it was installed, or choose another --prefix'
  fi
  list_new | while read -r path; do
    if exists "$prefix/$path" && ! is_ours "$path"; then echo "$prefix/$path"; fi
  done > "$work/others"
  if [ -s "$work/others" ]; then
    sed 's/^/  /' "$work/others" >&2
    fail 'these files are there, and install.sh has not installed them' \
      'remove what they are part of (npm uninstall -g jeton, or apt remove oidc-agent-cli), or choose another --prefix'
  fi
}

# Makes the folder PREFIX/$1, and notes it and those above it, if they were not there.
make_folder() {
  [ -d "$prefix/$1" ] && return
  case $1 in */*) make_folder "${1%/*}" ;; esac
  mkdir "$prefix/$1"
  made="$1/ $made"
}

# systemd looks for programs in few folders.
complete_unit() {
  program=$(printf '%s\n' "$prefix/bin/oidc-agent" | sed 's/%/%%/g; s/[\\&|]/\\&/g')
  sed "s|^ExecStart=oidc-agent|ExecStart=\"$program\"|" "$new/$1" > "$work/unit"
  mv "$work/unit" "$new/$1"
}

# Puts the new lib/jeton in the place of the old one.
replace_lib() {
  if [ ! -d "$lib" ]; then
    mv "$new/lib/jeton" "$lib"
  # In one step, where mv can (coreutils 9.5).
  elif mv --exchange -T "$new/lib/jeton" "$lib" 2> /dev/null; then
    :
  else
    trap '' HUP INT TERM
    mv "$lib" "$work/old"
    mv "$new/lib/jeton" "$lib"
    trap 'exit 130' HUP INT TERM
  fi
}

# --- the two commands

install() {
  name=jeton-$VERSION-linux-$(kind_of_computer)
  new=$work/$name
  begin
  unpack
  refuse_others
  complete_unit share/systemd/user/oidc-agent.service
  list_new > "$work/new"
  # What another version has installed, and this one perhaps has not, is listed until it is removed.
  if [ -f "$files" ]; then cp "$files" "$work/before"; else : > "$work/before"; fi
  while read -r path; do make_folder "${path%/*}"; done < "$work/new"
  grep '/$' "$work/before" > "$work/made" || :
  for folder in $made; do echo "$folder" >> "$work/made"; done
  sort -u "$work/before" "$work/made" "$work/new" > "$new/lib/jeton/installed-files"
  replace_lib
  while read -r path; do mv -f "$new/$path" "$prefix/$path"; done < "$work/new"
  sort -u "$work/made" "$work/new" > "$work/installed-files"
  while read -r path; do
    if ! grep -Fqx "$path" "$work/installed-files"; then rm -f "$prefix/$path"; fi
  done < "$work/before"
  mv "$work/installed-files" "$files"
  echo "jeton $VERSION is installed in $prefix"
  say_next
}

# What is left for the user to do.
say_next() {
  case :$PATH: in
    *":$prefix/bin:"*)
      hash -r
      found=$(command -v oidc-agent || :)
      if [ "$found" != "$prefix/bin/oidc-agent" ]; then
        echo "hint: PATH leads to $found: put $prefix/bin before its folder"
      fi
      ;;
    *)
      echo "hint: $prefix/bin is not in PATH: add this line to ~/.profile, and log in again"
      echo "  export PATH=\"$prefix/bin:\$PATH\""
      ;;
  esac
}

uninstall() {
  [ -f "$files" ] || fail "install.sh has installed nothing in $prefix" 'give the --prefix with which it was installed'
  begin
  while read -r path; do
    case $path in */) ;; *) rm -f "$prefix/$path" ;; esac
  done < "$files"
  made=$(grep '/$' "$files" | sort -r || :)
  mv "$lib" "$work/removed"
  echo "jeton is removed from $prefix; accounts stay in the homes of their users"
  if ! has pgrep || pgrep -x oidc-agent > /dev/null; then
    echo 'hint: agents that still run give out the tokens that they have; to end all that are yours: pkill -x oidc-agent'
  fi
}

main() {
  command=install
  prefix=
  from=
  while [ $# -gt 0 ]; do
    case $1 in
      # A variable that is not set must not lead to another place.
      --prefix= | --from=) misuse "${1%=} needs a value" ;;
      --prefix=*) prefix=${1#*=} ;;
      --from=*) from=${1#*=} ;;
      --prefix | --from)
        [ -n "${2-}" ] || misuse "$1 needs a value"
        case $1 in --prefix) prefix=$2 ;; *) from=$2 ;; esac
        shift
        ;;
      --uninstall) command=uninstall ;;
      -h | --help)
        usage
        exit
        ;;
      *) misuse "unknown argument: $1" ;;
    esac
    shift
  done
  if [ "$(id -u)" = 0 ]; then
    umask 022
    : "${prefix:=/usr/local}"
  else
    : "${prefix:=$HOME/.local}"
  fi
  case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
  prefix=${prefix%/}
  : "${from:=$(own_folder)}"
  from=${from%/}
  lib=$prefix/lib/jeton
  files=$lib/installed-files
  work=$prefix/lib/.jeton-install
  $command
}

misuse() {
  printf 'Error: %s\n' "$1" >&2
  usage >&2
  exit 64
}

# The last line: a download that was cut short does nothing.
main "$@"
