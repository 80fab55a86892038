/* A library that computes with MKL, as a module of a NumPy that is built on it does. */
void cblas_dgemm(int, int, int, int, int, int, double, const double *, int, const double *, int,
                 double, double *, int);

void multiply(int n, const double *a, double *c) {
    cblas_dgemm(101, 111, 111, n, n, n, 1.0, a, n, a, n, 0.0, c, n);
}
