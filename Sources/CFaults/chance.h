#ifndef PACH_FAULTS_CHANCE_H
#define PACH_FAULTS_CHANCE_H

#include <stdbool.h>

/// Whether a file gives random bytes, and is to give those that follow from the seed.
bool pach_faults_is_chance(const char *path);

/// An open file with such bytes; -1 with `errno` where there can be none.
int pach_faults_open_chance(void);

#endif
