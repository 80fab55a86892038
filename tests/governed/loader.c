/* Loads libraries in a thread of its own, which Python does not know. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>

static pthread_t thread;
static const char **paths;
static int count;
static atomic_int loaded;

static void *load(void *unused) {
    (void)unused;
    for (int index = 0; index < count; index++)
        if (dlopen(paths[index], RTLD_NOW))
            atomic_fetch_add(&loaded, 1);
    return 0;
}

int start(const char **all, int number) {
    paths = all;
    count = number;
    return pthread_create(&thread, 0, load, 0);
}

int loaded_so_far(void) {
    return loaded;
}

int finish(void) {
    pthread_join(thread, 0);
    return loaded;
}
