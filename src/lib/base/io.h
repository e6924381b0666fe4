/* SPDX-License-Identifier: MIT
 * The two directions of a descriptor, as loop/, transport/ and resolver/ name them. The values are those of
 * MQTTWILL_WATCH_READ and MQTTWILL_WATCH_WRITE. */
#ifndef MW_BASE_IO_H
#define MW_BASE_IO_H

enum {
  MW_IO_READ = 0x1,
  MW_IO_WRITE = 0x2,
  MW_IO_ERROR = 0x4 /* only reported, never asked for: the descriptor failed or was hung up */
};

#endif
