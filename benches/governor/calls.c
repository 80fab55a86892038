/* Calls that pass a hook, timed where they are made: see cost.py. */
#include <time.h>

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

#ifndef NO_BLAS
void GEMM(int, int, int, INTEGER, INTEGER, INTEGER, double, const double *, INTEGER,
          const double *, INTEGER, double, double *, INTEGER);
double DOT(INTEGER, const double *, INTEGER, const double *, INTEGER);

/* Row-major, none transposed. */
long products(long count) {
    double a[64] = {1}, b[64] = {1}, c[64];
    long begin = now();
    for (long i = 0; i < count; i++)
        GEMM(101, 111, 111, 8, 8, 8, 1.0, a, 8, b, 8, 0.0, c, 8);
    return now() - begin;
}

long vectors(long count) {
    double a[8] = {1};
    volatile double sum;
    long begin = now();
    for (long i = 0; i < count; i++)
        sum = DOT(8, a, 1, a, 1);
    return now() - begin;
}
#endif

static int entered;

long regions(long count) {
    long begin = now();
    for (long i = 0; i < count; i++) {
#pragma omp parallel num_threads(1)
        __atomic_fetch_add(&entered, 1, __ATOMIC_RELAXED);
    }
    return now() - begin;
}
