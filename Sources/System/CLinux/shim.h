#pragma once
// Linux calls that Swift's Glibc module map leaves out.
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

// prctl is variadic, which Swift cannot call. The kernel keeps the first 15 bytes of the name.
static inline int clinux_set_thread_name(const char *name) {
    return prctl(PR_SET_NAME, name, 0L, 0L, 0L);
}

// `name` holds 16 bytes at least.
static inline int clinux_get_thread_name(char *name) {
    return prctl(PR_GET_NAME, name, 0L, 0L, 0L);
}

// A global variable of C, which Swift's checking of shared state refuses. It is read at the start of a process only.
static inline char **clinux_environment(void) {
    return __environ;
}

// RLIMIT_NOFILE is an enumerator that Swift imports with another type than the functions take.
static inline int clinux_get_descriptor_limit(struct rlimit *limit) {
    return getrlimit(RLIMIT_NOFILE, limit);
}

static inline int clinux_set_descriptor_limit(const struct rlimit *limit) {
    return setrlimit(RLIMIT_NOFILE, limit);
}

// glibc declares these two only under _GNU_SOURCE, which Swift's importer does not define.
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
static const short clinux_spawn_setsid = 0x80;  // POSIX_SPAWN_SETSID
