/* SPDX-License-Identifier: MIT
 * One connection of the broker: reads in fair portions, sends by gather-writes, and closes in the order that
 * loses nothing: last bytes, half-close, the peer's end of file, close. Called by the loop and by shell.c at
 * the end of each turn. */
#include "broker/shell/internal.h"

#include "base/alloc.h"

#include <mqttwill/status.h>

/* What one connection may do in one turn, so that all get theirs. */
enum { READS_PER_TURN = 4, BYTES_PER_TURN = 1 << 20, PIECES = 64 };

static void on_ready(struct mw_loop *loop, struct mw_source *source, unsigned events);

void mw_link_open(struct mw_shell *shell, int fd) {
  struct mw_tcp tcp;
  mw_tcp_init(&tcp);
  mw_tcp_adopt(&tcp, fd);
  struct mw_link *link = mw_calloc(1, sizeof *link);
  if (link == NULL) {
    mw_transport_close(&tcp.base);
    return;
  }
  link->shell = shell;
  link->tcp = tcp;
  mw_source_init(&link->source, on_ready);
  mw_list_append(&shell->links, &link->node);
  link->peer = mw_broker_accept(shell->broker, link, mw_loop_now(shell->loop));
  if (link->peer == NULL || mw_source_add(shell->loop, &link->source, fd, MW_IO_READ) != MQTTWILL_OK)
    mw_link_close(link);
}

void mw_link_close(struct mw_link *link) {
  struct mw_shell *shell = link->shell;
  mw_source_remove(shell->loop, &link->source);
  mw_transport_close(&link->tcp.base);
  mw_list_remove(&link->node);
  if (link->peer != NULL) mw_broker_closed(link->peer, mw_loop_now(shell->loop));
  mw_free(link);
  mw_shell_resume_accepting(shell);
}

static void watch(struct mw_link *link) {
  unsigned wish = mw_peer_wants_bytes(link->peer) ? MW_IO_READ : 0;
  if (link->is_blocked) wish |= MW_IO_WRITE;
  mw_source_want(link->shell->loop, &link->source, mw_transport_wants(&link->tcp.base, wish));
}

/* One gather-write. False: the link failed. *more: it could be tried again at once. */
static bool send_some(struct mw_link *link, size_t *sent, bool *more) {
  struct mw_slice pieces[PIECES];
  struct mw_chain *out = mw_peer_out(link->peer);
  size_t count = mw_chain_views(out, pieces, PIECES), offered = 0;
  for (size_t i = 0; i < count; i++) offered += pieces[i].len;
  if (mw_transport_write(&link->tcp.base, pieces, count, sent) != MQTTWILL_OK) return false;
  mw_chain_consume(out, *sent);
  link->is_blocked = *sent < offered;
  *more = !link->is_blocked;
  if (*sent > 0) mw_broker_sent(link->peer, *sent, mw_loop_now(link->shell->loop));
  return true;
}

/* The last bytes are out: end of file for the peer, and what it still sends is read and ignored until it
 * closes, for a close with unread data would be a reset that destroys them on their way. */
static bool finish(struct mw_link *link) {
  bool is_done = false;
  if (!link->is_finished && mw_transport_finish(&link->tcp.base, &is_done) != MQTTWILL_OK) return false;
  link->is_finished = link->is_finished || is_done;
  return true;
}

void mw_link_flush(struct mw_link *link) {
  size_t total = 0, sent;
  bool more = true, is_well = mw_peer_wish(link->peer) != MW_PEER_CUT;
  while (is_well && more && mw_peer_out(link->peer)->len > 0 && total < BYTES_PER_TURN) {
    is_well = send_some(link, &sent, &more);
    total += sent;
  }
  bool is_empty = mw_peer_out(link->peer)->len == 0;
  if (is_empty) link->is_blocked = false;
  if (is_well && is_empty && mw_peer_wish(link->peer) == MW_PEER_CLOSE) is_well = finish(link);
  if (!is_well) {
    mw_link_close(link);
    return;
  }
  if (!is_empty) link->is_blocked = true; /* also after its share of this turn: the next turn goes on */
  watch(link);
}

/* False: the peer is gone. */
static bool read_some(struct mw_link *link) {
  struct mw_shell *shell = link->shell;
  for (int i = 0; i < READS_PER_TURN && mw_peer_wants_bytes(link->peer); i++) {
    size_t got;
    if (mw_transport_read(&link->tcp.base, shell->input, sizeof shell->input, &got) != MQTTWILL_OK)
      return false;
    if (got == 0) break;
    mw_broker_feed(link->peer, mw_slice(shell->input, got), mw_loop_now(shell->loop));
    if (got < sizeof shell->input) break;
  }
  return true;
}

static void on_ready(struct mw_loop *loop, struct mw_source *source, unsigned events) {
  (void)loop;
  struct mw_link *link = MW_CONTAINER(source, struct mw_link, source);
  if ((events & (MW_IO_READ | MW_IO_ERROR)) != 0 && !read_some(link)) {
    mw_link_close(link);
    return;
  }
  if ((events & MW_IO_WRITE) != 0)
    mw_link_flush(link);
  else
    watch(link);
}
