/* SPDX-License-Identifier: MIT
 * Found instead of Check's own header when configure did not find Check: the library and its programs build
 * without it, the tests do not. */
#error "The tests need libcheck 0.12 or newer (Debian: package check). Install it, then run configure again."
