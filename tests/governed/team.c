/* Reports the sizes of OpenMP teams. */
#include <omp.h>

int asks(void) { return omp_get_max_threads(); }

int team(void) {
    int size = 0;
#pragma omp parallel
    {
#pragma omp single
        size = omp_get_num_threads();
    }
    return size;
}

int team_of(int wanted) {
    int size = 0;
#pragma omp parallel num_threads(wanted)
    {
#pragma omp single
        size = omp_get_num_threads();
    }
    return size;
}

/* The largest team of a region that a member of another one starts. */
int nested(void) {
    int largest = 0;
    omp_set_max_active_levels(2);
#pragma omp parallel
    {
        int size = team_of(4);
#pragma omp critical
        if (size > largest) largest = size;
    }
    omp_set_max_active_levels(1);
    return largest;
}
