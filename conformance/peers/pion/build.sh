#!/bin/sh
# build.sh FOLDER HOME: builds the peer with Debian's Go and Debian's Pion, without modules and without a network.
#
# Debian keeps Pion where its import paths say, but without their "/v3". The compiler forgives that to code
# inside a GOPATH that has a go.mod: so the program is built from a copy there.
set -eu
source=$2/go/src/lapwing-pion
rm -rf "$source"
mkdir -p "$source"
cp "$1"/*.go "$1/go.mod" "$source/"
cd "$source"
export CGO_ENABLED=0 GO111MODULE=off GOPATH="$2/go:/usr/share/gocode" GOCACHE="$2/cache" GOFLAGS=-p=2
version=$(dpkg-query -W -f '${Version}' golang-github-pion-webrtc.v3-dev)
if [ "${3:-}" = test ]; then
    exec go test .
fi
exec go build -ldflags "-X main.version=$version" -o "$2/pion" .
