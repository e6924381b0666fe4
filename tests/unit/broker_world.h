/* SPDX-License-Identifier: MIT
 * A broker core under a virtual clock, and clients made of hand-written hex around it. What a client says
 * takes no time; pass() lets time go by, and serves every deadline at its own millisecond. What the broker
 * sends to a client must be heard byte for byte before the test ends: a client with unheard bytes fails it.
 */
#ifndef TESTS_UNIT_BROKER_WORLD_H
#define TESTS_UNIT_BROKER_WORLD_H

#include "broker/core/broker.h"
#include "support/suite.h"

struct client;

extern struct mw_broker_options world_options; /* of the next world: the defaults until changed */
extern size_t world_chunk;                     /* bytes a feed; 0: all at once */
extern struct mw_broker_end world_end;         /* the last connection that ended; its views are void */
extern char world_end_id[64];                  /* its client id */
extern unsigned world_ends, world_wills[MW_OUTCOME_ARMED + 1]; /* how many of each */

void world_open(void);
void world_close(void); /* everyone was heard; frees the broker */
struct mw_broker *world_broker(void);
uint64_t world_now(void);

void forget_all(void); /* cuts every client, heard or not */

void pass(uint64_t ms);

struct client *dial(void);                        /* NULL: not accepted */
void say(struct client *c, const char *hex_text); /* bytes to the broker */
void say_bytes(struct client *c, struct mw_slice bytes);
void hears(struct client *c, const char *hex_text); /* exactly this, next; it may be more than one packet */
void hears_nothing(struct client *c);
struct mw_slice heard(struct client *c); /* all that is unheard, which is heard by this */
void is_closed(struct client *c);        /* heard all, and the broker closes it; frees it */
void is_open(struct client *c);
bool is_over(const struct client *c); /* the broker wants to close it */
void cut(struct client *c);           /* its transport is lost; what is unheard is lost; frees it */
void stuff(struct client *c);         /* its transport takes no bytes any more */
void unstuff(struct client *c);
struct mw_peer *peer_of(const struct client *c); /* for a door of one's own */
size_t unsent(const struct client *c);
bool wants_bytes(const struct client *c);

/* CONNECT and its success: 3.1.1, clean, no keep alive; and MQTT 5, Clean Start, no keep alive, with a
 * Session Expiry Interval of a minute. The id is one character. */
struct client *joins_311(const char *id);
struct client *joins_5(const char *id);
/* The CONNECT of `hex_text` is answered by `connack`. */
struct client *joins(const char *hex_text, const char *connack);

/* CONNACKs of the default options. */
#define CONNACK_3         "20 02 00 00"
#define CONNACK_3_PRESENT "20 02 01 00"
#define GRANTS_5          "06 | 22 00 0a | 21 00 14"
#define CONNACK_5         "20 09 00 00 " GRANTS_5
#define CONNACK_5_PRESENT "20 09 01 00 " GRANTS_5

#endif
