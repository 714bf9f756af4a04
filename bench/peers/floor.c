/*
 * Work W's engine in C, as a floor: momentum over exact windows, winsorised z-scores, forward returns at six horizons,
 * Pearson and rank correlation at each. One sort for the signal of a date and one for each horizon's returns.
 *
 *   floor FILE NAMES DAYS THREADS RUNS
 *
 * FILE holds DAYS day numbers (int32), then DAYS x NAMES returns (float64, NaN where there is none).
 * Prints the seconds of each run and the mean rank IC at one day.
 */
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOOKBACK = 252, SKIP = 21, FEWEST = 30, HORIZONS = 6, TILE = 8, BLOCK = 64, MOST_THREADS = 16 };
static const int HORIZON[HORIZONS] = {1, 2, 5, 10, 20, 60};

static int names, days;
static int32_t *dates, *known;
static double *growth, *rank_ic;

typedef struct { uint64_t key; int32_t at; } Item;
typedef struct {
  double *raw, *ahead, *x, *y, *rank_x, *rank_y, *sorted;
  Item *a, *b;
  int32_t *order;
} Room;
typedef struct { int from, to; } Share;

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Unsigned numbers in the order of the doubles. */
static uint64_t key_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits ^ ((uint64_t)((int64_t)bits >> 63) | 0x8000000000000000ull);
}

/* Three passes over the upper 33 bits, then insertion for what they leave open. The result lies in `a`'s twin. */
static Item *sort_items(Item *a, Item *b, int n) {
  uint32_t counts[3][2048] = {{0}};
  static const int shift[3] = {31, 42, 53};
  for (int i = 0; i < n; i++)
    for (int p = 0; p < 3; p++) counts[p][a[i].key >> shift[p] & 2047]++;
  for (int p = 0; p < 3; p++) {
    uint32_t at = 0;
    for (int v = 0; v < 2048; v++) {
      uint32_t c = counts[p][v];
      counts[p][v] = at;
      at += c;
    }
    for (int i = 0; i < n; i++) b[counts[p][a[i].key >> shift[p] & 2047]++] = a[i];
    Item *swap = a;
    a = b;
    b = swap;
  }
  for (int i = 1; i < n; i++) {
    Item item = a[i];
    int j = i - 1;
    for (; j >= 0 && a[j].key > item.key; j--) a[j + 1] = a[j];
    a[j + 1] = item;
  }
  return a;
}

static double correlation(const double *x, const double *y, int n) {
  double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  for (int i = 0; i < n; i++) mx += x[i], my += y[i];
  mx /= n, my /= n;
  for (int i = 0; i < n; i++) {
    double dx = x[i] - mx, dy = y[i] - my;
    xx += dx * dx, yy += dy * dy, xy += dx * dy;
  }
  return xy / sqrt(xx * yy);
}

static int first_from(int day) {
  int low = 0, high = days;
  while (low < high) {
    int middle = (low + high) / 2;
    if (dates[middle] < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* Compound returns of TILE dates: the rows that all windows share are read once. Order of multiplication: by date. */
static void momentum_tile(int t0, int count, double *raw) {
  int start[TILE], end[TILE], low = 0, high = days;
  for (int k = 0; k < count; k++) {
    start[k] = first_from(dates[t0 + k] - LOOKBACK), end[k] = first_from(dates[t0 + k] - SKIP + 1);
    if (start[k] > low) low = start[k];
    if (end[k] < high) high = end[k];
  }
  for (int block = 0; block < names; block += BLOCK) {
    int width = names - block < BLOCK ? names - block : BLOCK;
    double acc[TILE][BLOCK];
    for (int k = 0; k < count; k++) {
      for (int i = 0; i < width; i++) acc[k][i] = 1;
      int to = low < end[k] ? low : end[k];
      for (int r = start[k]; r < to; r++)
        for (int i = 0; i < width; i++) acc[k][i] *= growth[(size_t)r * names + block + i];
    }
    for (int r = low; r < high; r++) {
      const double *row = growth + (size_t)r * names + block;
      for (int k = 0; k < count; k++)
        for (int i = 0; i < width; i++) acc[k][i] *= row[i];
    }
    for (int k = 0; k < count; k++) {
      for (int r = high > low ? high : low; r < end[k]; r++)
        for (int i = 0; i < width; i++) acc[k][i] *= growth[(size_t)r * names + block + i];
      for (int i = 0; i < width; i++) {
        int seen = known[(size_t)end[k] * names + block + i] - known[(size_t)start[k] * names + block + i];
        raw[(size_t)k * names + block + i] = seen < LOOKBACK / 2 ? NAN : acc[k][i] - 1;
      }
    }
  }
}

/* Order of the names by signal, then winsorised z-scores in place. Gives the number of names with a signal. */
static int standardise(double *raw, Room *room) {
  int n = 0;
  for (int i = 0; i < names; i++)
    if (raw[i] == raw[i]) room->a[n].key = key_of(raw[i]), room->a[n++].at = i;
  if (n < 2) return 0;
  Item *sorted = sort_items(room->a, room->b, n);
  for (int k = 0; k < n; k++) room->order[k] = sorted[k].at;
  double low = raw[room->order[(int)floor((n - 1) * 0.01 + 0.5)]];
  double high = raw[room->order[(int)floor((n - 1) * 0.99 + 0.5)]];
  double mean = 0, squares = 0;
  for (int i = 0; i < names; i++) {
    if (raw[i] != raw[i]) continue;
    raw[i] = raw[i] < low ? low : raw[i] > high ? high : raw[i];
    mean += raw[i];
  }
  mean /= n;
  for (int i = 0; i < names; i++)
    if (raw[i] == raw[i]) squares += (raw[i] - mean) * (raw[i] - mean);
  double sd = sqrt(squares / (n - 1));
  for (int i = 0; i < names; i++) raw[i] = (raw[i] - mean) / sd;
  return n;
}

/* Pearson and rank correlation of a date's signal with one horizon's returns. */
static double meet(const double *signal, int signals, const double *ahead, Room *room) {
  int n = 0;
  for (int k = 0; k < signals; k++) {
    int i = room->order[k];
    if (ahead[i] != ahead[i]) continue;
    room->x[n] = signal[i], room->y[n++] = ahead[i];
  }
  if (n < FEWEST) return NAN;
  volatile double pearson = correlation(room->x, room->y, n);
  (void)pearson;
  for (int from = 0; from < n;) {
    int to = from + 1;
    while (to < n && room->x[to] == room->x[from]) to++;
    for (int k = from; k < to; k++) room->rank_x[k] = (from + to + 1) * 0.5;
    from = to;
  }
  for (int k = 0; k < n; k++) room->a[k].key = key_of(room->y[k]), room->a[k].at = k;
  Item *sorted = sort_items(room->a, room->b, n);
  for (int from = 0; from < n;) {
    int to = from + 1;
    while (to < n && sorted[to].key == sorted[from].key) to++;
    for (int k = from; k < to; k++) room->rank_y[sorted[k].at] = (from + to + 1) * 0.5;
    from = to;
  }
  return correlation(room->rank_x, room->rank_y, n);
}

static void forward(int t, double *ahead) {
  for (int i = 0; i < names; i++) ahead[i] = 1;
  double *acc = ahead;
  int done = 0;
  for (int h = 0; h < HORIZONS; h++) {
    double *out = ahead + (size_t)(h + 1) * names;
    if (t + HORIZON[h] >= days) {
      for (int i = 0; i < names; i++) out[i] = NAN;
      continue;
    }
    for (; done < HORIZON[h]; done++) {
      const size_t row = (size_t)(t + 1 + done) * names;
      for (int i = 0; i < names; i++)
        acc[i] *= known[row + names + i] == known[row + i] ? NAN : growth[row + i];
    }
    for (int i = 0; i < names; i++) out[i] = acc[i] - 1;
  }
}

static void *work(void *given) {
  Share *share = given;
  Room room = {malloc(8ul * TILE * names), malloc(8ul * (HORIZONS + 1) * names), malloc(8ul * names),
               malloc(8ul * names), malloc(8ul * names), malloc(8ul * names), malloc(8ul * names),
               malloc(sizeof(Item) * names), malloc(sizeof(Item) * names), malloc(4ul * names)};
  for (int tile = share->from; tile < share->to; tile += TILE) {
    int count = share->to - tile < TILE ? share->to - tile : TILE;
    momentum_tile(tile, count, room.raw);
    for (int k = 0; k < count; k++) {
      double *signal = room.raw + (size_t)k * names;
      int signals = standardise(signal, &room);
      forward(tile + k, room.ahead);
      for (int h = 0; h < HORIZONS; h++) {
        double value = meet(signal, signals, room.ahead + (size_t)(h + 1) * names, &room);
        if (h == 0) rank_ic[tile + k] = value;
      }
    }
  }
  free(room.raw), free(room.ahead), free(room.x), free(room.y), free(room.rank_x), free(room.rank_y);
  free(room.sorted), free(room.a), free(room.b), free(room.order);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  names = atoi(argv[2]), days = atoi(argv[3]);
  int threads = atoi(argv[4]), runs = atoi(argv[5]);
  FILE *file = fopen(argv[1], "rb");
  size_t cells = (size_t)names * days;
  if (file == NULL || threads < 1 || threads > MOST_THREADS) return 2;
  dates = malloc(4ul * days), known = calloc(cells + names, 4);
  growth = malloc(8 * cells), rank_ic = malloc(8ul * days);
  if (fread(dates, 4, days, file) != (size_t)days || fread(growth, 8, cells, file) != cells) return 2;
  fclose(file);
  for (int run = 0; run < runs; run++) {
    if (run == 0) /* Once: the panel that goal 3 starts from knows its missing returns too. */
      for (size_t c = 0; c < cells; c++) {
        int there = growth[c] == growth[c];
        known[c + names] = known[c] + there;
        growth[c] = there ? 1 + growth[c] : 1;
      }
    double started = seconds();
    pthread_t thread[MOST_THREADS];
    Share share[MOST_THREADS];
    for (int k = 0; k < threads; k++) {
      share[k].from = (int)((long)days * k / threads), share[k].to = (int)((long)days * (k + 1) / threads);
      pthread_create(&thread[k], NULL, work, &share[k]);
    }
    for (int k = 0; k < threads; k++) pthread_join(thread[k], NULL);
    double took = seconds() - started, sum = 0;
    int valid = 0;
    for (int t = 0; t < days; t++)
      if (rank_ic[t] == rank_ic[t]) sum += rank_ic[t], valid++;
    printf("%.6f %.12f\n", took, sum / valid);
  }
  return 0;
}
