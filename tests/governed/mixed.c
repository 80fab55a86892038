/* A library that carries MKL beside code of its own, as PyTorch's libtorch_cpu does. */
#include <omp.h>

static _Thread_local int limit;

int MKL_Set_Num_Threads_Local(int threads) {
    int before = limit;
    limit = threads;
    return before;
}

int MKL_Get_Max_Threads(void) { return limit ? limit : omp_get_max_threads(); }

/* How many of the threads that it asked for a team has. */
static int team(int asked) {
    int members = 0;
#pragma omp parallel num_threads(asked)
#pragma omp atomic
    members++;
    return members;
}

/* A routine of MKL's: the threads that it was told of, and those of its team. */
void dgetrf_(int *told, int *had) {
    *told = MKL_Get_Max_Threads();
    *had = team(*told);
}

void factorise(int *told, int *had) { dgetrf_(told, had); }

/* What is not MKL's, with a number and without. */
int numbered(int asked) { return team(asked); }

int unnumbered(void) {
    int members = 0;
#pragma omp parallel
#pragma omp atomic
    members++;
    return members;
}

/* MKL in a parallel region that has one thread. */
void within(int *told, int *had) {
#pragma omp parallel num_threads(1)
    dgetrf_(told, had);
}

/* By which PyTorch's library is known. */
int _ZN2at15get_num_threadsEv(void) { return omp_get_max_threads(); }
