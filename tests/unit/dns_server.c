/* SPDX-License-Identifier: MIT
 * See dns_server.h. */
#include "base/platform.h"

#include "dns_server.h"

#include <mqttwill/status.h>

#include <arpa/inet.h>
#include <check.h>
#include <string.h>
#include <unistd.h>

enum { HEADER = 12 };

/* The question behind the header: its name in lower case with dots; returns where it ends. */
static size_t read_question(const uint8_t *packet, size_t len, char *name, size_t cap, int *type) {
  size_t at = HEADER, out = 0;
  while (at < len && packet[at] != 0) {
    size_t label = packet[at++];
    ck_assert(at + label < len && out + label + 1 < cap);
    if (out > 0) name[out++] = '.';
    for (size_t i = 0; i < label; i++) {
      uint8_t c = packet[at++];
      name[out++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
  }
  name[out] = '\0';
  ck_assert_uint_le(at + 5, len);
  *type = packet[at + 1] << 8 | packet[at + 2];
  return at + 5;
}

static const struct dns_rule *find_rule(const struct dns_server *s, const char *name, int type) {
  static const struct dns_rule none = {NULL, 0, DNS_NO_SUCH_NAME, NULL};
  for (const struct dns_rule *r = s->rules; r->name != NULL; r++)
    if (r->type == type && strcmp(r->name, name) == 0) return r;
  return &none;
}

/* c00c: the name of the question; class IN; time to live 60 s. */
static size_t put_record(uint8_t *out, int type, const char *address) {
  uint8_t size = type == DNS_A ? 4 : 16;
  const uint8_t head[12] = {0xc0, 0x0c, 0, (uint8_t)type, 0, 1, 0, 0, 0, 60, 0, size};
  memcpy(out, head, sizeof head);
  ck_assert_int_eq(inet_pton(type == DNS_A ? AF_INET : AF_INET6, address, out + sizeof head), 1);
  return sizeof head + size;
}

static size_t put_records(uint8_t *out, int type, const char *addresses, uint8_t *count) {
  char list[256];
  size_t len = 0;
  ck_assert_uint_lt(strlen(addresses), sizeof list);
  strcpy(list, addresses);
  for (char *rest = NULL, *one = strtok_r(list, " ", &rest); one != NULL; one = strtok_r(NULL, " ", &rest)) {
    len += put_record(out + len, type, one);
    (*count)++;
  }
  return len;
}

static size_t make_answer(const struct dns_rule *rule, int type, const uint8_t *question, size_t len,
                          uint8_t *out) {
  uint8_t code = 0;
  if (rule->reaction == DNS_NO_SUCH_NAME) code = 3;
  if (rule->reaction == DNS_REFUSE) code = 5;
  memcpy(out, question, len);
  out[2] = 0x85; /* a response, authoritative, recursion desired */
  out[3] = (uint8_t)(0x80 | code);
  memset(out + 6, 0, 6); /* no answers yet, nothing else */
  if (rule->reaction != DNS_ANSWER && rule->reaction != DNS_HOLD) return len;
  return len + put_records(out + len, type, rule->addresses, &out[7]);
}

static void serve(struct mw_loop *loop, struct mw_source *source, unsigned events) {
  struct dns_server *s = MW_CONTAINER(source, struct dns_server, source);
  uint8_t question[512], answer[1024];
  char name[256];
  int type;
  struct sockaddr_in from;
  socklen_t from_len = sizeof from;
  (void)loop;
  (void)events;
  ssize_t len = recvfrom(source->fd, question, sizeof question, 0, (struct sockaddr *)&from, &from_len);
  if (len < HEADER) return;
  size_t end = read_question(question, (size_t)len, name, sizeof name, &type);
  s->asked++;
  s->asked_a += type == DNS_A;
  s->asked_aaaa += type == DNS_AAAA;
  const struct dns_rule *rule = find_rule(s, name, type);
  if (rule->reaction == DNS_SILENCE) return;
  size_t size = make_answer(rule, type, question, end, answer);
  if (rule->reaction == DNS_HOLD) {
    ck_assert_uint_eq(s->held_len, 0);
    memcpy(s->held, answer, size);
    s->held_len = size;
    s->held_for = from;
    return;
  }
  sendto(source->fd, answer, size, 0, (struct sockaddr *)&from, from_len);
}

void dns_server_start(struct dns_server *s, struct mw_loop *loop, const char *host, uint16_t port) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
  socklen_t len = sizeof own;
  memset(s, 0, sizeof *s);
  s->loop = loop;
  ck_assert_int_eq(inet_pton(AF_INET, host, &own.sin_addr), 1);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
  ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&own, &len), 0);
  s->port = ntohs(own.sin_port);
  mw_source_init(&s->source, serve);
  ck_assert_int_eq(mw_source_add(loop, &s->source, fd, MW_IO_READ), MQTTWILL_OK);
}

void dns_server_release(struct dns_server *s) {
  ck_assert_uint_gt(s->held_len, 0);
  sendto(s->source.fd, s->held, s->held_len, 0, (struct sockaddr *)&s->held_for, sizeof s->held_for);
  s->held_len = 0;
}

void dns_server_stop(struct dns_server *s) {
  mw_source_remove(s->loop, &s->source);
  close(s->source.fd);
}
