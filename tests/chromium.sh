#!/bin/sh
# The HTML report is tested in a real browser: Debian's Chromium, installed where it is missing and
# may be.
set -eu
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo 'installing Chromium for the test of the HTML report'
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
    echo 'Chromium is missing: the HTML report is not tested (install chromium)'
fi
