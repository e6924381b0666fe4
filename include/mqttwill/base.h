/* SPDX-License-Identifier: MIT
 * What every other header of libmqttwill needs: export marks, the opaque handles, version and allocator.
 * Programs include <mqttwill/mqttwill.h>, which includes this. */
#ifndef MQTTWILL_BASE_H
#define MQTTWILL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define MQTTWILL_BEGIN_DECLS extern "C" {
#define MQTTWILL_END_DECLS   }
#else
#define MQTTWILL_BEGIN_DECLS
#define MQTTWILL_END_DECLS
#endif

#if defined(__GNUC__)
#define MQTTWILL_API __attribute__((visibility("default")))
#else
#define MQTTWILL_API
#endif

#define MQTTWILL_VERSION_MAJOR 0
#define MQTTWILL_VERSION_MINOR 1
#define MQTTWILL_VERSION_PATCH 0
#define MQTTWILL_VERSION_TEXT  "0.1.0"

MQTTWILL_BEGIN_DECLS

/* One device: a client id, its options, its will, and at most one connection. */
typedef struct mqttwill_client mqttwill_client;
/* What turns any number of clients; see loop.h. */
typedef struct mqttwill_loop mqttwill_loop;
/* A list of MQTT 5 properties; see property.h. */
typedef struct mqttwill_properties mqttwill_properties;
/* An application message; see message.h. */
typedef struct mqttwill_message mqttwill_message;
/* What a callback learns; see client.h. */
typedef struct mqttwill_event mqttwill_event;

/* The version of the library that runs, "major.minor.patch"; a constant string. Any thread. */
MQTTWILL_API const char *mqttwill_version(void);

/* Replaces malloc, realloc and free for everything the library allocates from now on (OpenSSL and c-ares keep
 * their own). Call it once, before the first object is made; it is the only process-wide state.
 * `realloc_function` is called with NULL for a new block and never with size 0.
 * Returns MQTTWILL_OK, or MQTTWILL_ERR_ARGUMENT when one of the three is NULL (nothing changes). */
MQTTWILL_API int mqttwill_set_allocator(void *(*malloc_function)(size_t size),
                                        void *(*realloc_function)(void *block, size_t size),
                                        void (*free_function)(void *block));

MQTTWILL_END_DECLS

#endif
