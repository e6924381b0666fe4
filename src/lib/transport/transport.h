/* SPDX-License-Identifier: MIT
 * What carries bytes to the peer and back: one vtable, layers that stack, each owning the one beneath it.
 * Knows nothing of loops, locks or MQTT. Called by client/ and broker/shell, for one transport by one thread
 * at a time, without any lock (these are system calls).
 *
 * A layer is a struct that begins with a struct mw_transport. */
#ifndef MW_TRANSPORT_TRANSPORT_H
#define MW_TRANSPORT_TRANSPORT_H

#include "base/io.h"
#include "base/slice.h"

struct mw_transport {
  const struct mw_transport_ops *ops;
};

struct mw_transport_ops {
  const char *name; /* "tcp" */

  /* Carries on with establishing the connection, this layer's part included. MQTTWILL_OK with *done telling
   * whether it is complete; otherwise call again when the descriptor is ready for what wants() says.
   * MQTTWILL_ERR_CONNECT or MQTTWILL_ERR_NETWORK: it failed, error() says why, only close() remains. */
  int (*establish)(struct mw_transport *t, bool *done);

  /* Sends as much as can be taken now of the slices one after the other; any number of them, any length.
   * MQTTWILL_OK with *written bytes gone: fewer than offered (down to 0) means try again when wants() says
   * so. The caller may offer the rest in other slices. MQTTWILL_ERR_NETWORK: failed. Never raises SIGPIPE. */
  int (*write)(struct mw_transport *t, const struct mw_slice *slices, size_t count, size_t *written);

  /* Receives up to cap (> 0) bytes. MQTTWILL_OK with *got bytes, 0: nothing at present. MQTTWILL_ERR_CLOSED:
   * the peer ended its side in order, and nothing more will come. MQTTWILL_ERR_NETWORK: failed. */
  int (*read)(struct mw_transport *t, void *data, size_t cap, size_t *got);

  /* Which readiness to wait for, given that the caller wishes to read and/or write (MW_IO_READ, MW_IO_WRITE).
   * A layer may answer otherwise than asked (a TLS record to write first, a connect in progress). */
  unsigned (*wants)(const struct mw_transport *t, unsigned wish);

  /* Bytes received that lie in the layers' memory: readable now although the descriptor will not say so. */
  size_t (*pending)(const struct mw_transport *t);

  /* Ends our side in order: nothing will be written any more, the peer's rest can still be read. MQTTWILL_OK
   * with *done, as establish(); MQTTWILL_ERR_NETWORK. */
  int (*finish)(struct mw_transport *t, bool *done);

  /* Gives everything back, at once and without ceremony, this layer's memory and those beneath included where
   * it owns them; an abort is this alone. The descriptor must have been taken out of the loop before. */
  void (*close)(struct mw_transport *t);

  /* After a failure: the system's errno (0, and no text, when it was not the system) and a sentence in
   * `text`, always terminated. */
  int (*error)(const struct mw_transport *t, char *text, size_t cap);

  int (*fd)(const struct mw_transport *t); /* the descriptor to watch; -1: none */
};

static inline int mw_transport_establish(struct mw_transport *t, bool *done) {
  return t->ops->establish(t, done);
}
static inline int mw_transport_write(struct mw_transport *t, const struct mw_slice *slices, size_t count,
                                     size_t *written) {
  return t->ops->write(t, slices, count, written);
}
static inline int mw_transport_read(struct mw_transport *t, void *data, size_t cap, size_t *got) {
  return t->ops->read(t, data, cap, got);
}
static inline unsigned mw_transport_wants(const struct mw_transport *t, unsigned wish) {
  return t->ops->wants(t, wish);
}
static inline size_t mw_transport_pending(const struct mw_transport *t) {
  return t->ops->pending(t);
}
static inline int mw_transport_finish(struct mw_transport *t, bool *done) {
  return t->ops->finish(t, done);
}
static inline void mw_transport_close(struct mw_transport *t) {
  t->ops->close(t);
}
static inline int mw_transport_error(const struct mw_transport *t, char *text, size_t cap) {
  return t->ops->error(t, text, cap);
}
static inline int mw_transport_fd(const struct mw_transport *t) {
  return t->ops->fd(t);
}

/* The sentence of an errno, in any thread; always terminated. */
void mw_error_text(int error, char *text, size_t cap);

#endif
