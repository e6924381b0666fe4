/* SPDX-License-Identifier: MIT
 * Lookups against a name server in the same loop, on real time: c-ares has a clock of its own. What times out
 * does so within tens of milliseconds. */
#include "base/platform.h"

#include "dns_server.h"
#include "resolver/dns.h"
#include "resolver/resolver.h"
#include "support/suite.h"

#include <mqttwill/base.h>
#include <mqttwill/status.h>

#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct mw_loop *loop;
static struct mw_resolver *resolver;
static struct dns_server dns;

struct asker {
  struct mw_lookup lookup;
  char found[512];
  unsigned batches, ends;
  int status;
  char text[128];
  struct asker *cancels; /* in its first callback */
  struct asker *joins;   /* starts this one, for the same name, in its first callback */
  bool leaves;           /* cancels itself in its first callback */
};

/* Labels have at most 63 bytes: the system says no without asking anybody. */
#define LONG_LABEL "a-label-of-more-than-the-sixty-three-bytes-that-a-label-may-have-at-most"

static const char *name_of_all = "two.example";

static void act(struct asker *a) {
  if (a->cancels != NULL) mw_resolver_cancel(resolver, &a->cancels->lookup);
  if (a->joins != NULL)
    ck_assert_int_eq(mw_resolver_lookup(resolver, &a->joins->lookup, mw_slice_text(name_of_all), 0),
                     MQTTWILL_OK);
  a->cancels = a->joins = NULL;
  if (a->leaves) mw_resolver_cancel(resolver, &a->lookup);
}

static void found(struct mw_lookup *lookup, const struct mw_address *addresses, size_t count) {
  struct asker *a = MW_CONTAINER(lookup, struct asker, lookup);
  char text[MW_ADDRESS_TEXT_SIZE];
  ck_assert_uint_gt(count, 0);
  ck_assert_uint_eq(a->ends, 0);
  a->batches++;
  for (size_t i = 0; i < count; i++) {
    mw_address_text(&addresses[i], text);
    ck_assert_uint_lt(strlen(a->found) + strlen(text) + 2, sizeof a->found);
    strcat(strcat(a->found, text), " ");
  }
  act(a);
}

static void done(struct mw_lookup *lookup, int status, const char *text) {
  struct asker *a = MW_CONTAINER(lookup, struct asker, lookup);
  ck_assert(!mw_lookup_is_under_way(lookup));
  a->ends++;
  a->status = status;
  snprintf(a->text, sizeof a->text, "%s", text);
  act(a);
}

static void asker_init(struct asker *a) {
  *a = (struct asker){.status = 1};
  mw_lookup_init(&a->lookup, found, done);
}

static void ask_with(struct asker *a, const char *name, unsigned flags) {
  asker_init(a);
  ck_assert_int_eq(mw_resolver_lookup(resolver, &a->lookup, mw_slice_text(name), flags), MQTTWILL_OK);
  ck_assert_uint_eq(a->batches + a->ends, 0); /* never inside the starting call */
  ck_assert(mw_lookup_is_under_way(&a->lookup));
}

static void ask(struct asker *a, const char *name) {
  ask_with(a, name, 0);
}

static void turn_until(const unsigned *count, unsigned reached) {
  while (*count < reached) ck_assert_int_eq(mw_loop_turn(loop, 30000), MQTTWILL_OK);
}

static void ask_and_wait(struct asker *a, const char *name) {
  ask(a, name);
  turn_until(&a->ends, 1);
}

static struct dns_rule rules[] = {
    {"two.example", DNS_A, DNS_ANSWER, "192.0.2.1 192.0.2.2 192.0.2.1"},
    {"two.example", DNS_AAAA, DNS_ANSWER, "2001:db8::1"},
    {"four.example", DNS_A, DNS_ANSWER, "192.0.2.4"},
    {"four.example", DNS_AAAA, DNS_NO_DATA, NULL},
    {"empty.example", DNS_A, DNS_NO_DATA, NULL},
    {"empty.example", DNS_AAAA, DNS_NO_DATA, NULL},
    {"silent.example", DNS_A, DNS_SILENCE, NULL},
    {"silent.example", DNS_AAAA, DNS_SILENCE, NULL},
    {"refused.example", DNS_A, DNS_REFUSE, NULL},
    {"refused.example", DNS_AAAA, DNS_REFUSE, NULL},
    {"half.example", DNS_A, DNS_ANSWER, "192.0.2.5"},
    {"half.example", DNS_AAAA, DNS_SILENCE, NULL},
    {"late.example", DNS_A, DNS_ANSWER, "192.0.2.6"},
    {"late.example", DNS_AAAA, DNS_HOLD, "2001:db8::6"},
    {NULL, 0, DNS_SILENCE, NULL},
};

static char config[] = "/tmp/mqttwill-resolv-XXXXXX";

static void write_config(const char *text) {
  FILE *f = fopen(config, "w");
  ck_assert_ptr_nonnull(f);
  fputs(text, f);
  fclose(f);
}

static void start(void) {
  memcpy(config + sizeof config - 7, "XXXXXX", 6);
  int fd = mkstemp(config);
  ck_assert_int_ge(fd, 0);
  close(fd);
  write_config("nameserver 127.0.0.1\n"); /* and no search domains */
  ck_assert_int_eq(mw_loop_new(&loop, NULL, NULL), MQTTWILL_OK);
  ck_assert_int_eq(mw_resolver_new(&resolver, loop, 42), MQTTWILL_OK);
  dns_server_start(&dns, loop, "127.0.0.1", 0);
  dns.rules = rules;
  ck_assert_int_eq(mw_resolver_set_config(resolver, config, dns.port), MQTTWILL_OK);
}

static void set_server(int timeout_ms, int tries) {
  char server[32];
  snprintf(server, sizeof server, "127.0.0.1:%u", (unsigned)dns.port);
  ck_assert_int_eq(mw_resolver_set_servers(resolver, server, timeout_ms, tries), MQTTWILL_OK);
}

static void stop(void) {
  mw_resolver_free(resolver);
  dns_server_stop(&dns);
  ck_assert(mw_loop_is_idle(loop)); /* no socket, no timer left behind */
  mw_loop_free(loop);
  unlink(config);
}

/* ---- what never reaches DNS ---- */

START_TEST(literals_and_localhost_are_answered_without_a_packet)
{
  static const struct {
    const char *name, *found;
  } cases[] = {{"192.0.2.7", "192.0.2.7 "},
               {"2001:db8::7", "2001:db8::7 "},
               {"fe80::7%lo", "fe80::7%lo "},
               {"localhost", "127.0.0.1 ::1 "},
               {"Broker.LOCALHOST", "127.0.0.1 ::1 "}};
  start();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    for (unsigned flags = 0; flags <= MW_LOOKUP_SYSTEM; flags++) {
      struct asker a;
      ask_with(&a, cases[i].name, flags);
      mw_loop_turn(loop, 30000); /* one turn is enough */
      ck_assert_uint_eq(a.ends, 1);
      ck_assert_int_eq(a.status, MQTTWILL_OK);
      ck_assert_str_eq(a.text, "");
      ck_assert_str_eq(a.found, cases[i].found);
      ck_assert_uint_eq(a.batches, 1);
    }
  }
  mw_loop_turn(loop, 0);
  ck_assert_uint_eq(dns.asked, 0);
  stop();
}
END_TEST

START_TEST(what_is_no_name_fails_without_a_packet)
{
  struct asker a;
  start();
  ask_and_wait(&a, "127.1");
  ck_assert_int_eq(a.status, MQTTWILL_ERR_RESOLVE);
  ck_assert_str_eq(a.text, "not a host name");
  ask_and_wait(&a, "fe80::1%nowhere");
  ck_assert_int_eq(a.status, MQTTWILL_ERR_RESOLVE);
  ck_assert_str_eq(a.text, "the address's zone names no network interface");
  mw_loop_turn(loop, 0);
  ck_assert_uint_eq(dns.asked, 0);
  stop();
}
END_TEST

START_TEST(impossible_arguments_are_refused_at_once)
{
  struct asker a;
  char name[256];
  start();
  asker_init(&a);
  memset(name, 'a', sizeof name);
  ck_assert_int_eq(mw_resolver_lookup(resolver, &a.lookup, mw_slice("", 0), 0), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mw_resolver_lookup(resolver, &a.lookup, mw_slice("a\0b", 3), 0), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mw_resolver_lookup(resolver, &a.lookup, mw_slice(name, 254), 0), MQTTWILL_ERR_ARGUMENT);
  name[254] = '.';
  ck_assert_int_eq(mw_resolver_lookup(resolver, &a.lookup, mw_slice(name, 255), 0), MQTTWILL_ERR_ARGUMENT);
  ck_assert(!mw_lookup_is_under_way(&a.lookup));
  /* As long as a name may be, but a label must not. */
  ck_assert_int_eq(mw_resolver_lookup(resolver, &a.lookup, mw_slice(name, 253), 0), MQTTWILL_OK);
  turn_until(&a.ends, 1);
  ck_assert_int_eq(a.status, MQTTWILL_ERR_RESOLVE);
  ck_assert_str_eq(a.text, "not a host name");
  stop();
}
END_TEST

/* ---- DNS ---- */

static void finds(const char *name, const char *one, const char *other) {
  struct asker a;
  ask_and_wait(&a, name);
  ck_assert_int_eq(a.status, MQTTWILL_OK);
  ck_assert_str_eq(a.text, "");
  ck_assert_msg(strcmp(a.found, one) == 0 || strcmp(a.found, other) == 0, "found %s", a.found);
}

START_TEST(both_families_are_found_and_each_address_once)
{
  start();
  finds("two.example", "2001:db8::1 192.0.2.1 192.0.2.2 ", "192.0.2.1 192.0.2.2 2001:db8::1 ");
  ck_assert_uint_eq(dns.asked_a, 1);
  ck_assert_uint_eq(dns.asked_aaaa, 1);
  finds("FOUR.example.", "192.0.2.4 ", "");
  stop();
}
END_TEST

START_TEST(what_is_known_is_told_before_the_rest_has_come)
{
  struct asker a;
  start();
  ask(&a, "late.example");
  turn_until(&a.batches, 1);
  ck_assert_str_eq(a.found, "192.0.2.6 ");
  ck_assert_uint_eq(a.ends, 0);
  dns_server_release(&dns);
  turn_until(&a.ends, 1);
  ck_assert_str_eq(a.found, "192.0.2.6 2001:db8::6 ");
  ck_assert_uint_eq(a.batches, 2);
  ck_assert_int_eq(a.status, MQTTWILL_OK);
  stop();
}
END_TEST

static void fails(const char *name, const char *text) {
  struct asker a;
  ask_and_wait(&a, name);
  ck_assert_int_eq(a.status, MQTTWILL_ERR_RESOLVE);
  ck_assert_str_eq(a.text, text);
  ck_assert_uint_eq(a.batches, 0);
}

START_TEST(each_way_to_fail_has_its_words)
{
  start();
  set_server(20, 1);
  fails("nowhere.example", "no such host");
  fails("empty.example", "the host has no address");
  fails("refused.example", "no name server would answer");
  fails("silent.example", "no answer from the name servers");
  fails("a..example", "not a host name");
  stop();
}
END_TEST

START_TEST(one_family_is_enough)
{
  struct asker a;
  start();
  set_server(20, 1);
  ask_and_wait(&a, "half.example");
  ck_assert_int_eq(a.status, MQTTWILL_OK);
  ck_assert_str_eq(a.found, "192.0.2.5 ");
  stop();
}
END_TEST

START_TEST(a_silent_server_is_asked_again_before_giving_up)
{
  start();
  set_server(20, 2);
  fails("silent.example", "no answer from the name servers");
  mw_loop_turn(loop, 0);
  ck_assert_uint_eq(dns.asked_a, 2);
  ck_assert_uint_eq(dns.asked_aaaa, 2);
  stop();
}
END_TEST

/* A name that only this system's hosts file knows; false: it has none but localhost. */
static bool own_host(char name[128], char address[128]) {
  char line[512];
  FILE *hosts = fopen("/etc/hosts", "r");
  bool got = false;
  while (hosts != NULL && !got && fgets(line, sizeof line, hosts) != NULL)
    got = sscanf(line, "%127[0-9.] %127s", address, name) == 2 && strncmp(name, "localhost", 9) != 0;
  if (hosts != NULL) fclose(hosts);
  return got;
}

START_TEST(the_hosts_file_is_heeded_before_dns)
{
  char name[128], address[128];
  struct asker a;
  if (!own_host(name, address)) return;
  start();
  ask_and_wait(&a, name);
  ck_assert_int_eq(a.status, MQTTWILL_OK);
  ck_assert_ptr_nonnull(strstr(a.found, address));
  ck_assert_uint_eq(dns.asked_a, 0);
  stop();
}
END_TEST

/* ---- sharing ---- */

START_TEST(those_who_ask_at_the_same_time_share_one_lookup)
{
  struct asker a[50];
  start();
  for (int i = 0; i < 50; i++) ask(&a[i], i % 2 == 0 ? "two.example" : "Two.Example");
  for (int i = 0; i < 50; i++) {
    turn_until(&a[i].ends, 1);
    ck_assert_int_eq(a[i].status, MQTTWILL_OK);
    ck_assert_uint_eq(strlen(a[i].found), strlen("192.0.2.1 192.0.2.2 2001:db8::1 "));
  }
  ck_assert_uint_eq(dns.asked, 2);
  for (int i = 0; i < 50; i++) ck_assert_uint_eq(a[i].ends, 1);
  stop();
}
END_TEST

START_TEST(who_joins_late_is_told_what_the_others_heard)
{
  struct asker first, second;
  start();
  ask(&first, "late.example");
  turn_until(&first.batches, 1);
  ask(&second, "late.example");
  turn_until(&second.batches, 1);
  ck_assert_str_eq(second.found, "192.0.2.6 ");
  ck_assert_uint_eq(first.batches, 1);
  dns_server_release(&dns);
  turn_until(&second.ends, 1);
  turn_until(&first.ends, 1);
  ck_assert_str_eq(second.found, first.found);
  ck_assert_uint_eq(dns.asked, 2);
  stop();
}
END_TEST

START_TEST(an_answered_name_is_asked_anew)
{
  start();
  finds("four.example", "192.0.2.4 ", "");
  finds("four.example", "192.0.2.4 ", "");
  ck_assert_uint_eq(dns.asked, 4);
  stop();
}
END_TEST

/* ---- cancelling ---- */

START_TEST(cancelling_one_detaches_only_that_one)
{
  struct asker gone, stays;
  start();
  ask(&gone, "two.example");
  ask(&stays, "two.example");
  mw_resolver_cancel(resolver, &gone.lookup);
  mw_resolver_cancel(resolver, &gone.lookup);
  ck_assert(!mw_lookup_is_under_way(&gone.lookup));
  turn_until(&stays.ends, 1);
  ck_assert_int_eq(stays.status, MQTTWILL_OK);
  ck_assert_uint_eq(gone.batches + gone.ends, 0);
  stop();
}
END_TEST

START_TEST(a_cancelled_lookup_is_used_again_and_joins_its_old_query)
{
  struct asker a;
  start();
  ask(&a, "two.example");
  mw_resolver_cancel(resolver, &a.lookup);
  ask_and_wait(&a, "two.example");
  ck_assert_int_eq(a.status, MQTTWILL_OK);
  ck_assert_uint_eq(dns.asked, 2);
  stop();
}
END_TEST

START_TEST(callbacks_may_cancel_each_other_and_themselves)
{
  static const char *const names[] = {"two.example", "localhost", "nowhere.example"};
  for (size_t i = 0; i < 3; i++) {
    struct asker a[4];
    start();
    for (int k = 0; k < 4; k++) ask(&a[k], names[i]);
    a[0].cancels = &a[1];
    a[1].cancels = &a[0];
    a[2].leaves = true;
    turn_until(&a[3].ends, 1);
    ck_assert_uint_eq(a[0].ends + a[1].ends, 1);
    ck_assert_uint_eq(a[2].batches + a[2].ends, 1);
    ck_assert_uint_eq(a[3].ends, 1);
    stop();
  }
}
END_TEST

START_TEST(a_callback_may_start_the_same_lookup_again)
{
  struct asker a, again;
  start();
  asker_init(&again);
  ask(&a, name_of_all);
  a.joins = &again; /* in its first batch, so it joins */
  turn_until(&again.ends, 1);
  turn_until(&a.ends, 1);
  ck_assert_int_eq(again.status, MQTTWILL_OK);
  ck_assert_uint_eq(strlen(again.found), strlen(a.found));
  ck_assert_uint_le(dns.asked, 4);
  stop();
}
END_TEST

/* Counts across threads: the one inside getaddrinfo() gives its memory back when it likes. */
static atomic_int blocks;

static void *shared_malloc(size_t size) {
  atomic_fetch_add(&blocks, 1);
  return malloc(size);
}

static void *shared_realloc(void *block, size_t size) {
  if (block == NULL) atomic_fetch_add(&blocks, 1);
  return realloc(block, size);
}

static void shared_free(void *block) {
  free(block);
  atomic_fetch_sub(&blocks, 1);
}

START_TEST(the_resolver_may_go_in_the_middle_of_everything)
{
  atomic_init(&blocks, 0);
  ck_assert_int_eq(mqttwill_set_allocator(shared_malloc, shared_realloc, shared_free), MQTTWILL_OK);
  for (int round = 0; round < 20; round++) {
    struct asker a, b, c, d;
    start();
    ask(&a, "silent.example");
    ask(&b, "localhost");
    ask_with(&c, LONG_LABEL, MW_LOOKUP_SYSTEM);
    ask_with(&d, LONG_LABEL ".example", MW_LOOKUP_SYSTEM);
    if (round % 2 == 0) mw_loop_turn(loop, 0);
    stop();
    ck_assert(!mw_lookup_is_under_way(&a.lookup));
    ck_assert(!mw_lookup_is_under_way(&c.lookup));
    ck_assert_uint_eq(a.ends, 0);
    ck_assert_uint_eq(b.ends, round % 2 == 0 ? 1 : 0);
  }
  while (atomic_load(&blocks) > 0) sched_yield();
  ck_assert_int_eq(atomic_load(&blocks), 0);
  failmalloc_install();
}
END_TEST

/* ---- name servers that change ---- */

START_TEST(a_new_resolv_conf_means_new_servers_even_while_old_ones_are_asked)
{
  struct dns_server other;
  struct asker old, new;
  start();
  dns_server_start(&other, loop, "127.0.0.2", dns.port);
  other.rules = rules;
  ask(&old, "late.example");
  turn_until(&old.batches, 1);
  ck_assert_uint_eq(other.asked, 0);

  write_config("# another size\nnameserver 127.0.0.2\n");
  ask_and_wait(&new, "two.example");
  ck_assert_int_eq(new.status, MQTTWILL_OK);
  ck_assert_uint_eq(other.asked, 2);
  ck_assert_uint_eq(dns.asked, 2);
  ask(&new, "late.example"); /* the one under way was asked of the old servers */
  turn_until(&new.batches, 1);
  ck_assert_uint_eq(other.asked, 4);
  dns_server_release(&other);
  turn_until(&new.ends, 1);
  ck_assert_uint_eq(old.ends, 0);
  dns_server_release(&dns);
  turn_until(&old.ends, 1);
  ck_assert_str_eq(old.found, new.found);

  unsigned before = other.asked;
  ask_and_wait(&new, "two.example"); /* nothing changed: the same channel */
  ck_assert_uint_eq(other.asked, before + 2);
  dns_server_stop(&other);
  stop();
}
END_TEST

START_TEST(name_servers_that_cannot_be_understood_fail_the_lookup)
{
  struct asker a;
  start();
  ck_assert_int_eq(mw_resolver_set_servers(resolver, "what is this", 0, 0), MQTTWILL_OK);
  ask_and_wait(&a, "two.example");
  ck_assert_int_eq(a.status, MQTTWILL_ERR_RESOLVE);
  ck_assert_uint_gt(strlen(a.text), 0);
  set_server(0, 0);
  ask_and_wait(&a, "two.example");
  ck_assert_int_eq(a.status, MQTTWILL_OK);
  stop();
}
END_TEST

/* ---- the system's way ---- */

START_TEST(the_system_is_asked_in_another_thread)
{
  char name[128], address[128];
  struct asker a, b, c;
  bool known = own_host(name, address);
  if (!known) strcpy(name, LONG_LABEL);
  start();
  ask_with(&a, name, MW_LOOKUP_SYSTEM);
  ask_with(&b, name, MW_LOOKUP_SYSTEM);
  ask_with(&c, LONG_LABEL ".invalid", MW_LOOKUP_SYSTEM);
  turn_until(&a.ends, 1);
  turn_until(&b.ends, 1);
  turn_until(&c.ends, 1);
  ck_assert_str_eq(a.found, b.found);
  ck_assert_int_eq(a.status, b.status);
  if (known) {
    ck_assert_int_eq(a.status, MQTTWILL_OK);
    ck_assert_ptr_nonnull(strstr(a.found, address));
  }
  ck_assert_int_eq(c.status, MQTTWILL_ERR_RESOLVE);
  ck_assert_uint_gt(strlen(c.text), 0);
  ck_assert_uint_eq(dns.asked, 0);
  stop();
}
END_TEST

START_TEST(more_names_than_threads_are_asked_one_after_the_other)
{
  enum { NAMES = 30 };
  static struct asker a[NAMES];
  char name[128];
  start();
  for (int i = 0; i < NAMES; i++) {
    snprintf(name, sizeof name, LONG_LABEL "%d.invalid", i);
    ask_with(&a[i], name, MW_LOOKUP_SYSTEM);
    if (i % 3 == 0) mw_resolver_cancel(resolver, &a[i].lookup);
  }
  for (int i = 0; i < NAMES; i++)
    if (i % 3 != 0) turn_until(&a[i].ends, 1);
  for (int i = 0; i < NAMES; i++) ck_assert_uint_eq(a[i].ends, (i % 3 != 0) ? 1 : 0);
  stop();
}
END_TEST

/* ---- memory ---- */

static void with_each_allocation_failing(const char *name, unsigned flags) {
  unsigned refused = 0, failed = 0;
  for (size_t n = 1;; n++) {
    struct asker a;
    start();
    asker_init(&a);
    failmalloc_at(n);
    int status = mw_resolver_lookup(resolver, &a.lookup, mw_slice_text(name), flags);
    if (status == MQTTWILL_OK) {
      turn_until(&a.ends, 1);
      status = a.status;
      failed += status != MQTTWILL_OK;
    } else {
      ck_assert(!mw_lookup_is_under_way(&a.lookup));
      ck_assert_uint_eq(a.batches + a.ends, 0);
      refused++;
    }
    bool all = failmalloc_count() < n;
    failmalloc_at(0);
    if (status != MQTTWILL_OK) ck_assert_int_eq(status, MQTTWILL_ERR_MEMORY);
    stop();
    if (all) break;
  }
  ck_assert_uint_ge(refused, 1);
  ck_assert_uint_ge(failed, 1);
}

START_TEST(each_allocation_of_a_lookup_may_fail)
{
  with_each_allocation_failing("four.example", 0);
  with_each_allocation_failing("localhost", 0);
}
END_TEST

START_TEST(each_allocation_of_a_new_resolver_may_fail)
{
  ck_assert_int_eq(mw_loop_new(&loop, NULL, NULL), MQTTWILL_OK);
  failmalloc_at(1);
  ck_assert_int_eq(mw_resolver_new(&resolver, loop, 1), MQTTWILL_ERR_MEMORY);
  failmalloc_at(0);
  ck_assert_int_eq(mw_resolver_new(&resolver, loop, 1), MQTTWILL_OK);
  failmalloc_at(1);
  ck_assert_int_eq(mw_resolver_set_servers(resolver, "127.0.0.1", 0, 0), MQTTWILL_ERR_MEMORY);
  failmalloc_at(0);
  mw_resolver_free(resolver);
  mw_resolver_free(NULL);
  mw_loop_free(loop);
}
END_TEST

START_TEST(the_sockets_of_a_lookup_are_close_on_exec)
{
  enum { LOOKED_AT = 128 };
  bool before[LOOKED_AT];
  struct asker a;
  unsigned own = 0;
  start();
  for (int fd = 0; fd < LOOKED_AT; fd++) before[fd] = fcntl(fd, F_GETFD) >= 0;
  ask(&a, "silent.example");
  for (int fd = 0; fd < LOOKED_AT; fd++) {
    if (before[fd] || fcntl(fd, F_GETFD) < 0) continue;
    ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    own++;
  }
  ck_assert_uint_ge(own, 1);
  mw_resolver_cancel(resolver, &a.lookup);
  stop();
}
END_TEST

SUITE("resolver", literals_and_localhost_are_answered_without_a_packet,
      what_is_no_name_fails_without_a_packet, impossible_arguments_are_refused_at_once,
      both_families_are_found_and_each_address_once, what_is_known_is_told_before_the_rest_has_come,
      each_way_to_fail_has_its_words, one_family_is_enough, a_silent_server_is_asked_again_before_giving_up,
      the_hosts_file_is_heeded_before_dns, those_who_ask_at_the_same_time_share_one_lookup,
      who_joins_late_is_told_what_the_others_heard, an_answered_name_is_asked_anew,
      cancelling_one_detaches_only_that_one, a_cancelled_lookup_is_used_again_and_joins_its_old_query,
      callbacks_may_cancel_each_other_and_themselves, a_callback_may_start_the_same_lookup_again,
      the_resolver_may_go_in_the_middle_of_everything,
      a_new_resolv_conf_means_new_servers_even_while_old_ones_are_asked,
      name_servers_that_cannot_be_understood_fail_the_lookup, the_system_is_asked_in_another_thread,
      more_names_than_threads_are_asked_one_after_the_other, each_allocation_of_a_lookup_may_fail,
      each_allocation_of_a_new_resolver_may_fail, the_sockets_of_a_lookup_are_close_on_exec)
