/* SPDX-License-Identifier: MIT
 * See will_fate.h. One row per end, three columns: MQTT 3.1 and 3.1.1, where a will belongs to the network
 * connection; MQTT 5 with an effective delay of 0; MQTT 5 with one above 0, where it belongs to the session
 * and may wait. Clauses are of MQTT 5 unless marked.
 *
 * In the rows of a waiting will the first two columns are never asked by a correct caller, because such a
 * will was due when its connection ended. They say publish: a will that is due is never taken back. */
#include "will/will_fate.h"

#include "wire/wire.h"

static const struct row {
  enum mw_will_verdict mqtt3;     /* MQTT 3.1 and 3.1.1 */
  enum mw_will_verdict undelayed; /* MQTT 5, effective delay 0 */
  enum mw_will_verdict delayed;   /* MQTT 5, effective delay above 0 */
  const char *text;
} rows[] = {
    /* Only the normal DISCONNECT disarms: [MQTT-3.14.4-3] [MQTT-3.1.2-10], 3.1.1 [MQTT-3.14.4-3]. */
    [MW_END_DISCONNECT] = {MW_WILL_DISCARD, MW_WILL_DISCARD, MW_WILL_DISCARD, "disconnect"},
    /* Section 3.14.2.1: the client asks for its will. Before MQTT 5 a DISCONNECT has no reason code, so one
     * that carries it is none: 3.1.1 [MQTT-4.8.0-1]. */
    [MW_END_DISCONNECT_WITH_WILL] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_WAIT, "disconnect with will"},
    /* [MQTT-3.14.4-3] names reason 0x00 alone; [MQTT-3.1.2-10]. */
    [MW_END_DISCONNECT_ERROR] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_WAIT, "disconnect with error"},
    /* [MQTT-3.1.2-8], 3.1.1 [MQTT-3.1.2-8]. */
    [MW_END_LOST] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_WAIT, "connection lost"},
    /* [MQTT-3.1.2-22] counts as a failed network, 3.1.1 [MQTT-3.1.2-24]. */
    [MW_END_KEEP_ALIVE] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_WAIT, "keep alive timeout"},
    /* [MQTT-4.13.1-1] [MQTT-3.1.0-2], 3.1.1 [MQTT-4.8.0-1] [MQTT-3.1.0-2]. */
    [MW_END_PROTOCOL_ERROR] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_WAIT, "protocol error"},
    /* [MQTT-3.1.2-8]: whoever closes, without a DISCONNECT 0x00 the will stands. */
    [MW_END_SERVER_CLOSED] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_WAIT, "closed by server"},
    /* [MQTT-3.1.2-8]: delay or end of the session, whichever comes first; section 4.1.1. */
    [MW_END_SESSION_DELETED] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_PUBLISH, "session deleted"},
    /* [MQTT-3.1.4-3] closes the old connection; [MQTT-3.1.3-9]: the session goes on before the delay is over,
     * so a delayed will goes. With session expiry 0 the effective delay is 0: the old session ended with its
     * connection. 3.1.1 [MQTT-3.1.4-2] [MQTT-3.1.2-8] know no exception. */
    [MW_END_TAKEOVER_RESUME] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_DISCARD, "takeover"},
    /* Clean Start 1 ends the old session, [MQTT-3.1.2-4], and a will does not outlive its session; the
     * comment of section 3.1.4 says so where [MQTT-3.1.2-8], read alone, leaves it open. */
    [MW_END_TAKEOVER_CLEAN] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_PUBLISH, "takeover, clean start"},
    /* Section 3.1.2.5: a server may postpone to its next start. What is due goes out at once; what is delayed
     * waits, and whether the wait outlives the process is the caller's business, as it is for the wills that
     * waited already: nothing has happened to those, and no row is asked for them. */
    [MW_END_SHUTDOWN] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_WAIT, "server shutdown"},

    /* [MQTT-3.1.3-9]. */
    [MW_END_RESUMED] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_DISCARD, "session resumed"},
    /* As for a takeover: [MQTT-3.1.2-4] ends the session, section 3.1.3.2.2 then wants the will. */
    [MW_END_RESTARTED] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_PUBLISH, "session restarted"},
    /* [MQTT-3.1.2-8], both. */
    [MW_END_DELAY_OVER] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_PUBLISH, "will delay over"},
    [MW_END_SESSION_EXPIRED] = {MW_WILL_PUBLISH, MW_WILL_PUBLISH, MW_WILL_PUBLISH, "session expired"},
};

_Static_assert(sizeof rows / sizeof rows[0] == MW_END_COUNT_, "every end has its row");

uint32_t mw_will_effective_delay(uint8_t version, uint32_t delay, uint32_t session_expiry) {
  if (version < MW_MQTT_5) return 0;
  return delay < session_expiry ? delay : session_expiry; /* 0xFFFFFFFF, for ever, is never the smaller one */
}

struct mw_will_fate mw_will_fate(enum mw_will_end end, uint8_t version, uint32_t delay,
                                 uint32_t session_expiry) {
  uint32_t effective = mw_will_effective_delay(version, delay, session_expiry);
  const struct row *row = &rows[end];
  struct mw_will_fate fate = {version < MW_MQTT_5 ? row->mqtt3 : row->undelayed, 0};
  if (effective > 0) fate.verdict = row->delayed;
  if (fate.verdict == MW_WILL_WAIT) fate.wait_ms = (uint64_t)effective * 1000;
  return fate;
}

const char *mw_will_end_text(enum mw_will_end end) {
  return rows[end].text;
}
