/* SPDX-License-Identifier: MIT
 * What becomes of a will when its connection ends, or while it waits: a table, and nothing but a table. The
 * broker asks it and never decides by itself; mqttwill_will_timing() explains by it. MQTT 5
 * sections 3.1.2.5, 3.1.3.2.2, 3.1.4 and 3.14.4; MQTT 3.1.1 sections 3.1.2.5 and 3.14.4; the choices where
 * the standard leaves one are in doc/design.md. */
#ifndef MW_WILL_WILL_FATE_H
#define MW_WILL_WILL_FATE_H

#include <stdbool.h>
#include <stdint.h>

enum mw_will_end {
  /* how the connection of an armed will ended */
  MW_END_DISCONNECT,           /* DISCONNECT 0x00, explicit or implied */
  MW_END_DISCONNECT_WITH_WILL, /* DISCONNECT 0x04 */
  MW_END_DISCONNECT_ERROR,     /* DISCONNECT with any other reason code */
  MW_END_LOST,                 /* FIN, RST, I/O error */
  MW_END_KEEP_ALIVE,           /* nothing for one and a half times the keep alive */
  MW_END_PROTOCOL_ERROR,       /* malformed packet, protocol error, second CONNECT */
  MW_END_SERVER_CLOSED,        /* kick, ACL, quota: the session stays */
  MW_END_SESSION_DELETED,      /* the server ended connection and session */
  MW_END_TAKEOVER_RESUME,      /* a new connection with this client id, session kept (Clean Start 0) */
  MW_END_TAKEOVER_CLEAN,       /* a new connection with this client id and Clean Start 1 */
  MW_END_SHUTDOWN,             /* the server stops */
  /* what happened while the will waited for its delay (MQTT 5) */
  MW_END_RESUMED,         /* a new connection to the session */
  MW_END_RESTARTED,       /* a new connection with this client id and Clean Start 1 */
  MW_END_DELAY_OVER,      /* the delay ran out */
  MW_END_SESSION_EXPIRED, /* the session ended first, or was deleted */
  MW_END_COUNT_
};

enum mw_will_verdict { MW_WILL_DISCARD, MW_WILL_PUBLISH, MW_WILL_WAIT };

struct mw_will_fate {
  enum mw_will_verdict verdict;
  uint64_t wait_ms; /* for MW_WILL_WAIT: from the end of the connection; never 0 */
};

/* `delay` and `session_expiry` in seconds as in force: below MQTT 5 both are ignored. A session expiry of
 * 0xFFFFFFFF never ends; sums are 64-bit. */
struct mw_will_fate mw_will_fate(enum mw_will_end end, uint8_t version, uint32_t delay,
                                 uint32_t session_expiry);

/* min(delay, session expiry) in seconds, 0 below MQTT 5. */
uint32_t mw_will_effective_delay(uint8_t version, uint32_t delay, uint32_t session_expiry);

/* The cause in a word or two for logs: "disconnect", "keep alive timeout", "takeover" ... */
const char *mw_will_end_text(enum mw_will_end end);

#endif
