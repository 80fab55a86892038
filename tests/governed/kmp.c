/* Regions of LLVM's and Intel's OpenMP, entered as their compilers do. */
typedef struct { int reserved_1, flags, reserved_2, reserved_3; const char *source; } location;
typedef void body(int *global, int *bound, ...);

extern void __kmpc_fork_call(location *, int, body *, ...);
extern void __kmpc_push_num_threads(location *, int, int);
extern int __kmpc_global_thread_num(location *);
extern int omp_get_num_threads(void);
extern int omp_get_thread_num(void);
extern int omp_get_max_threads(void);

static location here = {0, 2, 0, 0, ";kmp.c;team;1;1;;"};

int asks(void) { return omp_get_max_threads(); }

static void measure(int *global, int *bound, int *size) {
    (void)global, (void)bound;
    if (omp_get_thread_num() == 0) *size = omp_get_num_threads();
}

int team(void) {
    int size = 0;
    __kmpc_fork_call(&here, 1, (body *)measure, &size);
    return size;
}

int team_of(int wanted) {
    int size = 0;
    __kmpc_push_num_threads(&here, __kmpc_global_thread_num(&here), wanted);
    __kmpc_fork_call(&here, 1, (body *)measure, &size);
    return size;
}

/* Twelve arguments, most of them on the stack: each must arrive. */
static void many(int *global, int *bound, int *sum, long *a, long *b, long *c, long *d, long *e,
                 long *f, long *g, long *h, long *i, long *j, long *k) {
    (void)global, (void)bound;
    if (omp_get_thread_num() == 0)
        *sum = *a + *b + *c + *d + *e + *f + *g + *h + *i + *j + *k + 1000 * omp_get_num_threads();
}

int sum(void) {
    long v[11] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    int total = 0;
    __kmpc_fork_call(&here, 12, (body *)many, &total, v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6,
                     v + 7, v + 8, v + 9, v + 10);
    return total;
}
