# SPDX-License-Identifier: MIT
# Probes for compiler and linker flags; used by configure.ac.

# MW_COMPILE_FLAGS(VARIABLE, FLAGS)
# Appends to VARIABLE each of FLAGS that the compiler takes without a warning.
AC_DEFUN([MW_COMPILE_FLAGS],
[m4_foreach_w([mw_flag], [$2],
[AS_VAR_PUSHDEF([mw_cache], [mw_cv_cflag_[]mw_flag])dnl
AC_CACHE_CHECK([whether $CC takes mw_flag], [mw_cache],
  [mw_saved_CFLAGS=$CFLAGS
   CFLAGS="$CFLAGS -Werror mw_flag"
   AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([mw_cache], [yes])], [AS_VAR_SET([mw_cache], [no])])
   CFLAGS=$mw_saved_CFLAGS])
AS_VAR_IF([mw_cache], [yes], [$1="$$1 mw_flag"])
AS_VAR_POPDEF([mw_cache])])])

# MW_LINK_FLAGS(FLAGS, IF-TAKEN, IF-NOT)
# Whether a program compiled and linked with all of FLAGS comes out.
AC_DEFUN([MW_LINK_FLAGS],
[AC_MSG_CHECKING([whether $CC links with $1])
mw_saved_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS $1"
AC_LINK_IFELSE([AC_LANG_PROGRAM()], [mw_taken=yes], [mw_taken=no])
CFLAGS=$mw_saved_CFLAGS
AC_MSG_RESULT([$mw_taken])
AS_IF([test "$mw_taken" = yes], [$2], [$3])])
