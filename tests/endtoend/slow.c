/* Preloaded into the daemon: while the file $SLOW_WHILE is there, whoever syncs a file waits for
   $SLOW_SECONDS, as on a bad SD card, and so does whoever writes to standard error with $SLOW_LOG
   set, as with a journal that hangs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void wait_if_slow(void)
{
    const char *mark = getenv("SLOW_WHILE"), *seconds = getenv("SLOW_SECONDS");
    if (mark && seconds && access(mark, F_OK) == 0) {
        struct timespec pause = { atoi(seconds), 0 };
        nanosleep(&pause, NULL);
    }
}

int fsync(int file)
{
    wait_if_slow();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
}

int fdatasync(int file)
{
    wait_if_slow();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}

ssize_t write(int file, const void *data, size_t length)
{
    if (file == STDERR_FILENO && getenv("SLOW_LOG"))
        wait_if_slow();
    return ((ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write"))(file, data, length);
}
