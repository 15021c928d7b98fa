/* What both measuring programs need of HTTP/1.1: a clock, a chunked-body decoder, a look at a message head. */
#ifndef FAIRLEAD_BENCH_WIRE_H
#define FAIRLEAD_BENCH_WIRE_H
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static inline void *must(void *p) {
  if (!p) { perror("malloc"); exit(2); }
  return p;
}

/* Where a head ends and how its body is delimited. */
struct head { size_t end; int64_t length; int chunked, close; };

/* Reads a head at p: 0 when it is not complete yet, 1 when it is. length is -1 when no Content-Length is given. */
static inline int head_read(const char *p, size_t n, struct head *h) {
  const char *end = memmem(p, n, "\r\n\r\n", 4);
  if (!end) return 0;
  *h = (struct head){.end = (size_t)(end - p) + 4, .length = -1};
  for (const char *line = memchr(p, '\n', n); line && ++line < end;) {
    char c = (char)(*line | 32);
    if (c == 'c' || c == 't') {
      if (!strncasecmp(line, "content-length:", 15)) h->length = strtoll(line + 15, NULL, 10);
      else if (!strncasecmp(line, "transfer-encoding: chunked", 26)) h->chunked = 1;
      else if (!strncasecmp(line, "connection: close", 17)) h->close = 1;
    }
    line = memchr(line, '\n', (size_t)(end + 2 - line));
  }
  return 1;
}

typedef void (*sink)(void *ctx, const char *p, size_t n);

enum { CHUNK_SIZE, CHUNK_DATA, CHUNK_DATA_END, CHUNK_TRAILER, CHUNK_DONE, CHUNK_BAD };

struct chunked { int state, digits, line; uint64_t left; };

/* Feeds bytes; data goes to the sink. Returns bytes used; state is CHUNK_DONE after the last CRLF. */
static inline size_t chunked_feed(struct chunked *d, const char *p, size_t n, sink f, void *ctx) {
  size_t i = 0;
  while (i < n && d->state < CHUNK_DONE) {
    if (d->state == CHUNK_DATA) {
      size_t take = n - i < d->left ? n - i : (size_t)d->left;
      f(ctx, p + i, take);
      i += take;
      d->left -= take;
      if (!d->left) d->state = CHUNK_DATA_END;
      continue;
    }
    char c = p[i++];
    if (d->state == CHUNK_DATA_END) {
      if (c == '\n') { d->state = CHUNK_SIZE; d->digits = 0; d->left = 0; }
      else if (c != '\r') d->state = CHUNK_BAD;
    } else if (d->state == CHUNK_SIZE) {
      int v = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
      if (v >= 0) { d->left = d->left * 16 + (uint64_t)v; d->digits++; }
      else if (c == '\n' && d->digits) { d->state = d->left ? CHUNK_DATA : CHUNK_TRAILER; d->line = 0; }
      else if (c != '\r') d->state = CHUNK_BAD;
    } else if (c == '\n') {
      if (!d->line) d->state = CHUNK_DONE;
      d->line = 0;
    } else if (c != '\r') d->line++;
  }
  return i;
}
#endif
