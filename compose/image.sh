#!/bin/sh
# image.sh [DOCKER BUILD ARGUMENTS]: `make image`. Builds the image and names it quaywatch:VERSION and quaywatch:latest.
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^VERSION *:= *//p' Makefile)
docker build "$@" --tag "quaywatch:$version" --tag quaywatch:latest --file compose/Dockerfile .
echo "Built quaywatch:$version ($(docker image inspect --format '{{.Size}}' "quaywatch:$version" |
    awk '{printf "%.1f MB", $1 / 1000000}'))."
