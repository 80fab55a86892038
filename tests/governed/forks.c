/* Forks without Python, so without its lock: several threads can do so at once. */
#include <sys/wait.h>
#include <unistd.h>

int forks(int count) {
    int bad = 0;
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) _exit(0);
        int status = 1;
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0) bad++;
    }
    return bad;
}
