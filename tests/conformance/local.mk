# SPDX-License-Identifier: MIT
EXTRA_DIST += tests/conformance/README.md tests/conformance/will-cases.tsv
