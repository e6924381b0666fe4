/* SPDX-License-Identifier: MIT
 * Random bytes from the system, for the core's hook. */
#ifndef MW_BROKER_SHELL_RANDOM_H
#define MW_BROKER_SHELL_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Never fails: where the system has none to give, time and addresses must do. */
void mw_random(void *unused, uint8_t *bytes, size_t len);

#endif
