// Tests that all begin at once count their waiting for a processor into their time limits: what takes milliseconds takes minutes by the clock.
// Swift Testing looks in the environment for how many may run at a time, and a plain `swift test` puts nothing there.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void limit_tests(void) {
    char width[24];
    snprintf(width, sizeof width, "%ld", 2 * sysconf(_SC_NPROCESSORS_ONLN));
    setenv("SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH", width, 0);
}
