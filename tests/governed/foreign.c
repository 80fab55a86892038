/* Calls BLAS from threads that Python does not know. */
#include <pthread.h>
#include <stdlib.h>

typedef long long integer;
typedef void gemm(int, int, int, integer, integer, integer, double, const double *, integer,
                  const double *, integer, double, double *, integer);

struct work {
    gemm *call;
    const double *a;
    double *out;
    integer n;
    int rounds;
};

static void *compute(void *given) {
    struct work *w = given;
    for (int i = 0; i < w->rounds; i++)
        w->call(101, 111, 111, w->n, w->n, w->n, 1.0, w->a, w->n, w->a, w->n, 0.0, w->out, w->n);
    return NULL;
}

/* Each of `threads` threads writes its own product behind `out`. */
int multiply(gemm *call, const double *a, double *out, integer n, int threads, int rounds) {
    pthread_t *started = calloc(threads, sizeof *started);
    struct work *works = calloc(threads, sizeof *works);
    int failed = 0;
    for (int i = 0; i < threads; i++) {
        works[i] = (struct work){call, a, out + i * n * n, n, rounds};
        failed |= pthread_create(&started[i], NULL, compute, &works[i]);
    }
    for (int i = 0; i < threads; i++) pthread_join(started[i], NULL);
    free(started);
    free(works);
    return failed;
}
