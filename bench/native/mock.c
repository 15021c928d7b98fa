/* The upstream of the bench: an epoll HTTP/1.1 server that answers like the Messages API and costs a few microseconds.
 *
 * usage: mock PORT INTERVAL_US DELTAS      (PORT 0 = any; the port is printed as "listening N")
 * A body with "stream":true (anywhere in a body of up to 8 KB, at the end of a larger one) gets an SSE answer of DELTAS + 6 events: the opening (message_start,
 * content_block_start, ping, first delta) in one write, then one delta each INTERVAL_US, then the end. Each delta
 * carries the time it was sent (CLOCK_MONOTONIC, ns). Every other body gets one JSON message of 1,019 bytes.
 * GET /_stats answers counts, and length and FNV-1a 64 of each of the first 64 bodies. */
#include "wire.h"

enum { HEAD, BODY, STREAM };

struct conn {
  int fd, state, chunked, close, hashing, streaming, taillen, headlen, sent_deltas;
  uint64_t left, length, hash, due;
  struct chunked dec;
  struct conn *next, *prev;
  char tail[16];
  char *head, *out;
  size_t outlen, outcap;
};

#define HEAD_MAX 16384
static int ep;
static uint64_t interval_ns;
static int deltas;
static struct conn *queue_first, *queue_last;
static uint64_t requests, streams, finished, body_bytes, events, hash_count, cut;
static struct { uint64_t length, hash; } hashes[64];

#define COMMON_HEADERS                                                                    \
  "Date: Sat, 21 Nov 2026 10:00:00 GMT\r\n"                                               \
  "Connection: keep-alive\r\n"                                                            \
  "anthropic-ratelimit-requests-limit: 90000000\r\n"                                          \
  "anthropic-ratelimit-requests-remaining: 89999000\r\n"                                      \
  "anthropic-ratelimit-requests-reset: 2026-11-21T10:00:30Z\r\n"                          \
  "anthropic-ratelimit-tokens-limit: 90000000000\r\n"                                          \
  "anthropic-ratelimit-tokens-remaining: 89999990000\r\n"                                      \
  "anthropic-ratelimit-tokens-reset: 2026-11-21T10:00:30Z\r\n"                            \
  "request-id: req_011CVa1b2c3d4e5f6g7h8i9j\r\n"                                          \
  "anthropic-organization-id: 0f1e2d3c-4b5a-4968-8778-695a4b3c2d1e\r\n"                   \
  "strict-transport-security: max-age=31536000; includeSubDomains; preload\r\n"           \
  "Server: cloudflare\r\n"                                                                \
  "cf-cache-status: DYNAMIC\r\n"                                                          \
  "X-Robots-Tag: none\r\n"                                                                \
  "CF-RAY: 9a1b2c3d4e5f6a7b-NRT\r\n"

static char json_reply[4096], opening[4096], ending[1024], delta[256];
static size_t json_len, opening_len, ending_len, delta_len, opening_stamp, delta_stamp;

#define STAMP "0000000000000000000"

static void stamp(char *at, uint64_t v) {
  for (int i = 18; i >= 0; i--, v /= 10) at[i] = (char)('0' + v % 10);
}

static size_t chunk(char *to, const char *event, const char *data) {
  char frame[1024];
  int n = snprintf(frame, sizeof frame, "event: %s\ndata: %s\n\n", event, data);
  return (size_t)sprintf(to, "%x\r\n%s\r\n", (unsigned)n, frame);
}

static void prepare(void) {
  char text[1024], body[2048];
  size_t fixed = (size_t)snprintf(body, sizeof body,
    "{\"id\":\"msg_01XFDUDYJgAACzvnptvVoYEL\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-opus-5\","
    "\"content\":[{\"type\":\"text\",\"text\":\"\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
    "\"usage\":{\"input_tokens\":412,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":164,"
    "\"service_tier\":\"standard\"}}");
  static const char words[] = "The line between a program and its model is only as good as the way it fails. ";
  size_t want = 1019 - fixed;
  for (size_t i = 0; i < want; i++) text[i] = words[i % (sizeof words - 1)];
  text[want] = 0;
  size_t before = (size_t)(strstr(body, "\"text\":\"\"") + 8 - body);
  json_len = (size_t)sprintf(json_reply, "HTTP/1.1 200 OK\r\n" COMMON_HEADERS
    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%.*s%s%s", fixed + want, (int)before, body, text, body + before);

  delta_len = chunk(delta, "content_block_delta",
    "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"t=" STAMP " and so it goes\"}}");
  delta_stamp = (size_t)(strstr(delta, STAMP) - delta);
  char *p = opening + sprintf(opening, "HTTP/1.1 200 OK\r\n" COMMON_HEADERS
    "Content-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n");
  p += chunk(p, "message_start",
    "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_01XFDUDYJgAACzvnptvVoYEL\",\"type\":\"message\",\"role\":\"assistant\","
    "\"model\":\"claude-opus-5\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":412,"
    "\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":1,\"service_tier\":\"standard\"}}}");
  p += chunk(p, "content_block_start",
    "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}");
  p += chunk(p, "ping", "{\"type\":\"ping\"}");
  memcpy(p, delta, delta_len);
  opening_stamp = (size_t)(p - opening) + delta_stamp;
  opening_len = (size_t)(p - opening) + delta_len;
  p = ending;
  p += chunk(p, "content_block_stop", "{\"type\":\"content_block_stop\",\"index\":0}");
  p += chunk(p, "message_delta",
    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":164}}");
  p += chunk(p, "message_stop", "{\"type\":\"message_stop\"}");
  p += sprintf(p, "0\r\n\r\n");
  ending_len = (size_t)(p - ending);
}

static void unqueue(struct conn *c) {
  if (c->prev) c->prev->next = c->next; else queue_first = c->next;
  if (c->next) c->next->prev = c->prev; else queue_last = c->prev;
  c->next = c->prev = NULL;
}

static void drop(struct conn *c) {
  if (c->state == STREAM) { unqueue(c); cut++; }
  close(c->fd);
  free(c->head);
  free(c->out);
  free(c);
}

static void watch(struct conn *c, uint32_t what) {
  struct epoll_event e = {.events = what, .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}

/* Writes what it can and keeps the rest, so that a slow reader does not stop the others. 0 when the peer is gone. */
static int send_out(struct conn *c, const char *p, size_t n) {
  if (!c->outlen) {
    ssize_t w = write(c->fd, p, n);
    if (w < 0 && errno != EAGAIN) return 0;
    if (w > 0) { p += w; n -= (size_t)w; }
    if (!n) return 1;
    watch(c, EPOLLIN | EPOLLOUT);
  }
  if (c->outlen + n > c->outcap) c->out = must(realloc(c->out, c->outcap = (c->outlen + n) * 2));
  memcpy(c->out + c->outlen, p, n);
  c->outlen += n;
  return 1;
}

static int flush_out(struct conn *c) {
  ssize_t w = write(c->fd, c->out, c->outlen);
  if (w < 0) return errno == EAGAIN;
  memmove(c->out, c->out + w, c->outlen -= (size_t)w);
  if (!c->outlen) watch(c, EPOLLIN);
  return 1;
}

static void enqueue(struct conn *c, uint64_t due) {
  c->due = due;
  c->prev = queue_last;
  c->next = NULL;
  if (queue_last) queue_last->next = c; else queue_first = c;
  queue_last = c;
}

static void body_bytes_seen(void *ctx, const char *p, size_t n) {
  struct conn *c = ctx;
  c->length += n;
  if (c->hashing)
    for (size_t i = 0; i < n; i++) c->hash = (c->hash ^ (uint8_t)p[i]) * 1099511628211ull;
  if (c->length <= 8192 && memmem(p, n, "\"stream\":true", 13)) c->streaming = 1;
  size_t keep = sizeof c->tail;
  if (n >= keep) { memcpy(c->tail, p + n - keep, keep); c->taillen = (int)keep; return; }
  size_t old = (size_t)c->taillen + n > keep ? keep - n : (size_t)c->taillen;
  memmove(c->tail, c->tail + c->taillen - old, old);
  memcpy(c->tail + old, p, n);
  c->taillen = (int)(old + n);
}

static int answer(struct conn *c) {
  requests++;
  body_bytes += c->length;
  if (c->hashing && hash_count < 64) { hashes[hash_count].length = c->length; hashes[hash_count++].hash = c->hash; }
  c->state = HEAD;
  if (c->streaming || (c->taillen >= 14 && !memcmp(c->tail + c->taillen - 14, "\"stream\":true}", 14))) {
    uint64_t now = now_ns();
    streams++;
    events += 4;
    c->state = STREAM;
    c->sent_deltas = 1;
    enqueue(c, now + interval_ns);
    stamp(opening + opening_stamp, now);
    return send_out(c, opening, opening_len);
  }
  return send_out(c, json_reply, json_len) && !c->close;
}

static int stats(struct conn *c) {
  char body[8192], reply[9000];
  int n = sprintf(body, "{\"requests\":%llu,\"streams\":%llu,\"finished\":%llu,\"cut\":%llu,\"events\":%llu,\"bodyBytes\":%llu,\"bodies\":[",
    (unsigned long long)requests, (unsigned long long)streams, (unsigned long long)finished, (unsigned long long)cut,
    (unsigned long long)events, (unsigned long long)body_bytes);
  for (uint64_t i = 0; i < hash_count; i++)
    n += sprintf(body + n, "%s{\"length\":%llu,\"fnv\":\"%016llx\"}", i ? "," : "", (unsigned long long)hashes[i].length,
      (unsigned long long)hashes[i].hash);
  n += sprintf(body + n, "]}");
  int m = sprintf(reply, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", n, body);
  return send_out(c, reply, (size_t)m);
}

static int take_body(struct conn *c, const char *p, size_t n) {
  size_t used;
  if (c->chunked) used = chunked_feed(&c->dec, p, n, body_bytes_seen, c);
  else {
    used = n < c->left ? n : (size_t)c->left;
    if (used) body_bytes_seen(c, p, used);
    c->left -= used;
  }
  if (c->chunked ? c->dec.state == CHUNK_BAD : 0) return 0;
  if (c->chunked ? c->dec.state == CHUNK_DONE : !c->left) return used == n && answer(c);
  return 1;
}

static int take(struct conn *c, const char *p, size_t n) {
  struct head h;
  if (c->state == STREAM) return 0;
  if (c->state == BODY) return take_body(c, p, n);
  if (c->headlen) {
    if (c->headlen + n > HEAD_MAX * 8) return 0;
    memcpy(c->head + c->headlen, p, n);
    p = c->head;
    n += (size_t)c->headlen;
  }
  if (!head_read(p, n, &h)) {
    if (n > HEAD_MAX) return 0;
    if (!c->head) c->head = must(malloc(HEAD_MAX * 9));
    if (p != c->head) memcpy(c->head, p, n);
    c->headlen = (int)n;
    return 1;
  }
  c->headlen = 0;
  if (!memcmp(p, "GET /_stats ", 12)) return stats(c);
  c->state = BODY;
  c->chunked = h.chunked;
  c->close = h.close;
  c->left = h.length > 0 ? (uint64_t)h.length : 0;
  c->dec = (struct chunked){0};
  c->length = 0;
  c->taillen = c->streaming = 0;
  c->hash = 14695981039346656037ull;
  c->hashing = hash_count < 64;
  return take_body(c, p + h.end, n - h.end);
}

static void pace(uint64_t now) {
  while (queue_first && queue_first->due <= now) {
    struct conn *c = queue_first;
    unqueue(c);
    int ok;
    if (c->sent_deltas < deltas) {
      c->sent_deltas++;
      events++;
      enqueue(c, c->due + interval_ns);
      stamp(delta + delta_stamp, now_ns());
      ok = send_out(c, delta, delta_len);
    } else {
      events += 3;
      finished++;
      c->state = HEAD;
      ok = send_out(c, ending, ending_len) && !c->close;
    }
    if (!ok) drop(c);
  }
}

static void accept_all(int listener) {
  for (;;) {
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct conn *c = must(calloc(1, sizeof *c));
    c->fd = fd;
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
  }
}

int main(int argc, char **argv) {
  static char buf[262144];
  if (argc != 4 || atoi(argv[3]) < 1) { fprintf(stderr, "usage: mock PORT INTERVAL_US DELTAS\n"); return 2; }
  interval_ns = strtoull(argv[2], NULL, 10) * 1000;
  deltas = atoi(argv[3]);
  prepare();
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1ul);
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t atlen = sizeof at;
  if (bind(listener, (void *)&at, sizeof at) || listen(listener, 4096)) { perror("mock: listen"); return 2; }
  getsockname(listener, (void *)&at, &atlen);
  printf("listening %d\n", ntohs(at.sin_port));
  fflush(stdout);
  ep = epoll_create1(0);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, got[256];
  epoll_ctl(ep, EPOLL_CTL_ADD, listener, &e);
  for (;;) {
    struct timespec wait = {0, 0}, *until = NULL;
    if (queue_first) {
      uint64_t now = now_ns(), gap = queue_first->due > now ? queue_first->due - now : 0;
      wait.tv_sec = (time_t)(gap / 1000000000ull);
      wait.tv_nsec = (long)(gap % 1000000000ull);
      until = &wait;
    }
    int n = epoll_pwait2(ep, got, 256, until, NULL);
    for (int i = 0; i < n; i++) {
      struct conn *c = got[i].data.ptr;
      if (!c) { accept_all(listener); continue; }
      if ((got[i].events & EPOLLOUT) && c->outlen && !flush_out(c)) { drop(c); continue; }
      if (!(got[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
      ssize_t r = read(c->fd, buf, sizeof buf);
      if (r < 0 && errno == EAGAIN) continue;
      if (r <= 0 || (c->headlen && (size_t)r > HEAD_MAX * 8 - (size_t)c->headlen) || !take(c, buf, (size_t)r)) drop(c);
    }
    if (queue_first) pace(now_ns());
  }
}
