/* The load generator of the bench: an epoll HTTP/1.1 client that sends one ready-made request over and over.
 *
 * usage: load MODE PORT REQUEST_FILE [name=value ...]
 *   closed  conns=32                 each connection sends the next request when the last answer is whole
 *   open    rate=400                 requests by schedule; latency counts from the scheduled time
 *   sse     conns=200 stagger=1      each connection keeps one stream open; starts are spread over stagger seconds
 * warmup=2 seconds=3 tail=0.1 (seconds); bytes=N is the body length that is right; events=N the events of a whole stream.
 * Prints "begin" when the measured window opens, "end" when it closes (load goes on for `tail`), then one line of JSON.
 * A wrong status, length, stream or a connection lost in mid-answer is an error; errors are never counted as completed. */
#include "wire.h"

enum { CLOSED, OPEN, SSE };
enum { UNUSED, IDLE, SENDING, HEAD, BODY };
enum { E_CONNECT, E_RESET, E_STATUS, E_LENGTH, E_STREAM, E_KINDS };
static const char *const kinds[] = {"connect", "reset", "status", "length", "stream"};

struct conn {
  int fd, state, chunked, close, headlen, linelen, first_byte, stopped, failed, frame_open, status;
  size_t sent;
  uint64_t begun, got, events;
  int64_t left;
  struct chunked dec;
  char head[8192], line[1024];
};

struct series { uint64_t *v; size_t n, cap; };

static int ep, mode, port, measuring, idle_count, last_status;
static char *request;
static size_t request_len;
static struct conn *conns;
static int *idle;
static int conn_count = 32, conn_max;
static double rate = 400, warmup = 2, seconds = 3, tail = 0.1, stagger = 1;
static int64_t expect_bytes = -1, expect_events = -1;
static uint64_t completed, total_completed, events, streams, bytes, errors[E_KINDS], errors_total, started;
static struct series latency, first, gap;
static uint64_t *backlog, backlog_head, backlog_tail;
#define BACKLOG (1u << 16)

static void note(struct series *s, uint64_t v) {
  if (!measuring) return;
  if (s->n == s->cap) s->v = must(realloc(s->v, (s->cap = s->cap ? s->cap * 2 : 65536) * sizeof *s->v));
  s->v[s->n++] = v;
}

static void start(struct conn *c, uint64_t begun);
static void rest(struct conn *c);

static void fail(struct conn *c, int kind) {
  errors[kind]++;
  errors_total++;
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
  c->state = UNUSED;
  rest(c);
}

/* What a connection does when it is free: the next request, or wait for the schedule. */
static void rest(struct conn *c) {
  if (errors_total > 2000) return;
  if (mode != OPEN) { start(c, now_ns()); return; }
  if (backlog_head != backlog_tail) { start(c, backlog[backlog_head++ % BACKLOG]); return; }
  if (c->fd >= 0) c->state = IDLE;
  idle[idle_count++] = (int)(c - conns);
}

static void watch(struct conn *c, int op, uint32_t what) {
  struct epoll_event e = {.events = what, .data.ptr = c};
  epoll_ctl(ep, op, c->fd, &e);
}

static void push(struct conn *c) {
  ssize_t w = write(c->fd, request + c->sent, request_len - c->sent);
  if (w < 0) {
    if (errno == EAGAIN || errno == ENOTCONN) { watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT); return; }
    fail(c, E_RESET);
    return;
  }
  c->sent += (size_t)w;
  if (c->sent < request_len) { watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT); return; }
  c->state = HEAD;
}

static void start(struct conn *c, uint64_t begun) {
  started++;
  c->begun = begun;
  c->sent = c->got = c->events = 0;
  c->headlen = c->linelen = c->first_byte = c->stopped = c->failed = c->frame_open = 0;
  c->state = SENDING;
  if (c->fd >= 0) { push(c); return; }
  int one = 1;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) { perror("socket"); exit(2); }
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(c->fd, (void *)&at, sizeof at) && errno != EINPROGRESS) { fail(c, E_CONNECT); return; }
  watch(c, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

/* One line of an event stream. */
static void sse_line(struct conn *c) {
  if (!c->linelen) {
    if (c->frame_open) { c->events++; if (measuring) events++; }
    c->frame_open = 0;
    return;
  }
  c->line[c->linelen] = 0;
  if (!memcmp(c->line, "event: ", 7)) {
    c->frame_open = 1;
    if (!strcmp(c->line + 7, "message_stop")) c->stopped = 1;
    else if (!strcmp(c->line + 7, "error")) c->failed = 1;
  } else if (!memcmp(c->line, "data: ", 6)) {
    const char *t = strstr(c->line, "\"t=");
    if (t) note(&gap, now_ns() - strtoull(t + 3, NULL, 10));
  }
}

static void body(void *ctx, const char *p, size_t n) {
  struct conn *c = ctx;
  c->got += n;
  if (mode != SSE) return;
  if (!c->first_byte) { c->first_byte = 1; note(&first, now_ns() - c->begun); }
  while (n) {
    const char *nl = memchr(p, '\n', n);
    size_t take = nl ? (size_t)(nl - p) : n;
    size_t room = sizeof c->line - 1 - (size_t)c->linelen;
    memcpy(c->line + c->linelen, p, take < room ? take : room);
    c->linelen += (int)(take < room ? take : room);
    if (!nl) return;
    sse_line(c);
    c->linelen = 0;
    n -= take + 1;
    p = nl + 1;
  }
}

static void done(struct conn *c) {
  int wrong = c->status != 200 ? E_STATUS
    : mode == SSE && (c->failed || !c->stopped || (expect_events >= 0 && (int64_t)c->events != expect_events)) ? E_STREAM
    : expect_bytes >= 0 && (int64_t)c->got != expect_bytes ? E_LENGTH : -1;
  if (wrong >= 0) { last_status = c->status; fail(c, wrong); return; }
  total_completed++;
  if (measuring) { completed++; bytes += c->got; note(&latency, now_ns() - c->begun); }
  if (c->close) { close(c->fd); c->fd = -1; c->state = UNUSED; }
  rest(c);
}

static void take(struct conn *c, const char *p, size_t n) {
  if (c->state != BODY) {
    struct head h;
    size_t before = (size_t)c->headlen;
    if (before) {
      size_t room = sizeof c->head - before;
      memcpy(c->head + before, p, n < room ? n : room);
      if (!head_read(c->head, before + (n < room ? n : room), &h)) {
        if (n >= room) { fail(c, E_STATUS); return; }
        c->headlen += (int)n;
        return;
      }
    } else if (!head_read(p, n, &h)) {
      if (n >= sizeof c->head) { fail(c, E_STATUS); return; }
      memcpy(c->head, p, n);
      c->headlen = (int)n;
      return;
    }
    c->status = atoi((before ? c->head : p) + 9);
    c->chunked = h.chunked;
    c->close = h.close;
    c->left = h.length;
    c->dec = (struct chunked){0};
    c->state = BODY;
    p += h.end - before;
    n -= h.end - before;
  }
  if (c->chunked) {
    size_t used = chunked_feed(&c->dec, p, n, body, c);
    if (c->dec.state == CHUNK_BAD || (c->dec.state == CHUNK_DONE && used != n)) fail(c, E_STREAM);
    else if (c->dec.state == CHUNK_DONE) done(c);
    return;
  }
  if (c->left >= 0 && (int64_t)n > c->left) { fail(c, E_LENGTH); return; }
  if (n) body(c, p, n);
  if (c->left >= 0 && !(c->left -= (int64_t)n)) done(c);
}

static void closed_by_peer(struct conn *c) {
  if (c->state == IDLE) {
    for (int i = 0; i < idle_count; i++)
      if (&conns[idle[i]] == c) idle[i] = idle[--idle_count];
    close(c->fd);
    c->fd = -1;
    c->state = UNUSED;
    idle[idle_count++] = (int)(c - conns);
  } else if (c->state == BODY && !c->chunked && c->left < 0) { c->close = 1; done(c); }
  else fail(c, c->sent ? E_RESET : E_CONNECT);
}

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static void print_series(const char *name, struct series *s) {
  qsort(s->v, s->n, sizeof *s->v, by_value);
  printf(",\"%s\":{\"n\":%zu", name, s->n);
  static const struct { const char *name; double q; } marks[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"max", 1}};
  for (size_t i = 0; s->n && i < 4; i++)
    printf(",\"%s\":%.1f", marks[i].name, (double)s->v[(size_t)((double)(s->n - 1) * marks[i].q)] / 1000);
  printf("}");
}

static void report(double window, uint64_t now) {
  uint64_t open = 0, oldest = 0;
  for (int i = 0; i < conn_max; i++)
    if (conns[i].state >= SENDING) { open++; if (now - conns[i].begun > oldest) oldest = now - conns[i].begun; }
  for (int i = 0; i < conn_max; i++)
    if (conns[i].state == BODY) streams++;
  printf("{\"seconds\":%.4f,\"completed\":%llu,\"totalCompleted\":%llu,\"started\":%llu,\"events\":%llu,\"bytes\":%llu,\"open\":%llu,"
    "\"answering\":%llu,\"oldestMs\":%.1f,\"backlog\":%llu,\"lastBadStatus\":%d,\"errors\":{\"total\":%llu", window,
    (unsigned long long)completed, (unsigned long long)total_completed, (unsigned long long)started, (unsigned long long)events,
    (unsigned long long)bytes, (unsigned long long)open, (unsigned long long)streams, (double)oldest / 1e6,
    (unsigned long long)(backlog_tail - backlog_head), last_status, (unsigned long long)errors_total);
  for (int i = 0; i < E_KINDS; i++) printf(",\"%s\":%llu", kinds[i], (unsigned long long)errors[i]);
  printf("}");
  print_series("latency", &latency);
  print_series("firstByte", &first);
  print_series("eventDelay", &gap);
  printf("}\n");
}

static void options(int argc, char **argv) {
  static const char *const modes[] = {"closed", "open", "sse"};
  mode = -1;
  for (int i = 0; argc > 3 && i < 3; i++) if (!strcmp(argv[1], modes[i])) mode = i;
  if (mode < 0) { fprintf(stderr, "usage: load closed|open|sse PORT REQUEST_FILE [name=value ...]\n"); exit(2); }
  port = atoi(argv[2]);
  FILE *f = fopen(argv[3], "rb");
  if (!f) { perror(argv[3]); exit(2); }
  request = must(malloc(64u << 20));
  request_len = fread(request, 1, 64u << 20, f);
  fclose(f);
  for (int i = 4; i < argc; i++) {
    char *eq = strchr(argv[i], '=');
    if (!eq) { fprintf(stderr, "load: not name=value: %s\n", argv[i]); exit(2); }
    *eq++ = 0;
    if (!strcmp(argv[i], "conns")) conn_count = atoi(eq);
    else if (!strcmp(argv[i], "rate")) rate = atof(eq);
    else if (!strcmp(argv[i], "warmup")) warmup = atof(eq);
    else if (!strcmp(argv[i], "seconds")) seconds = atof(eq);
    else if (!strcmp(argv[i], "tail")) tail = atof(eq);
    else if (!strcmp(argv[i], "stagger")) stagger = atof(eq);
    else if (!strcmp(argv[i], "bytes")) expect_bytes = atoll(eq);
    else if (!strcmp(argv[i], "events")) expect_events = atoll(eq);
    else { fprintf(stderr, "load: unknown option %s\n", argv[i]); exit(2); }
  }
  conn_max = mode == OPEN ? 512 : conn_count;
}

static void say(const char *word) { printf("%s\n", word); fflush(stdout); }

int main(int argc, char **argv) {
  static char buf[262144];
  options(argc, argv);
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1ul);
  ep = epoll_create1(0);
  conns = must(calloc((size_t)conn_max, sizeof *conns));
  idle = must(calloc((size_t)conn_max * 2, sizeof *idle));
  backlog = must(calloc(BACKLOG, sizeof *backlog));
  for (int i = conn_max - 1; i >= 0; i--) { conns[i].fd = -1; if (mode == OPEN) idle[idle_count++] = i; }
  uint64_t t0 = now_ns(), open_at = t0 + (uint64_t)(warmup * 1e9), close_at = open_at + (uint64_t)(seconds * 1e9);
  uint64_t stop_at = close_at + (uint64_t)(tail * 1e9), opened = 0, scheduled = 0;
  double step = mode == OPEN ? 1e9 / rate : stagger * 1e9 / conn_count, window = 0;
  struct epoll_event got[512];
  for (int ended = 0;;) {
    uint64_t now = now_ns();
    if (!opened && now >= open_at) { opened = now; measuring = 1; say("begin"); }
    if (opened && !ended && now >= close_at) { ended = 1; measuring = 0; window = (double)(now - opened) / 1e9; say("end"); }
    if (now >= stop_at || errors_total > 2000) {
      if (opened && !ended) window = (double)(now - opened) / 1e9;
      report(window, now);
      return errors_total > 2000;
    }
    uint64_t due = close_at > now ? close_at : stop_at;
    if (!opened) due = open_at;
    while (mode == OPEN || scheduled < (uint64_t)conn_count) {
      uint64_t at = t0 + (uint64_t)(step * (double)scheduled);
      if (mode == CLOSED) at = t0;
      if (at > now) { if (at < due) due = at; break; }
      if (mode != OPEN) start(&conns[scheduled], now);
      else if (idle_count) start(&conns[idle[--idle_count]], at);
      else if (backlog_tail - backlog_head < BACKLOG) backlog[backlog_tail++ % BACKLOG] = at;
      scheduled++;
    }
    uint64_t wait_ns = due > now ? due - now : 0;
    struct timespec wait = {(time_t)(wait_ns / 1000000000ull), (long)(wait_ns % 1000000000ull)};
    int n = epoll_pwait2(ep, got, 512, &wait, NULL);
    for (int i = 0; i < n; i++) {
      struct conn *c = got[i].data.ptr;
      if (c->fd < 0) continue;
      if (c->state == SENDING && (got[i].events & EPOLLOUT)) {
        watch(c, EPOLL_CTL_MOD, EPOLLIN);
        push(c);
        if (c->fd < 0 || !(got[i].events & EPOLLIN)) continue;
      }
      if (!(got[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
      ssize_t r = read(c->fd, buf, sizeof buf);
      if (r < 0 && errno == EAGAIN) continue;
      if (r <= 0) closed_by_peer(c);
      else if (c->state < SENDING) fail(c, E_STREAM);
      else take(c, buf, (size_t)r);
    }
  }
}
