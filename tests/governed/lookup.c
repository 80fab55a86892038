/* Looks functions up as C programs do: what RTLD_DEFAULT and RTLD_NEXT mean depends on who asks. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

static int getpid_of_mine(void) { return -5; }

/* 1 where each look-up finds what it should. */
int finds(void) {
    void *(*next)(size_t) = dlsym(RTLD_NEXT, "malloc");
    void *(*any)(size_t) = dlsym(RTLD_DEFAULT, "malloc");
    void *self = dlopen(NULL, RTLD_NOW);
    int (*pid)(void) = dlsym(self, "getpid");
    void *missing = dlsym(self, "corewise_no_such_function");
    const char *error = dlerror();
    if (!next || !any || !pid || pid == getpid_of_mine || missing || !error) return 0;
    dlclose(self);
    return dlerror() == NULL;
}

/* The error of a look-up that failed, as a number of its characters. */
int error_length(const char *name) {
    dlerror();
    if (dlsym(RTLD_DEFAULT, name)) return -1;
    const char *text = dlerror();
    int length = 0;
    while (text && text[length]) length++;
    return length;
}
