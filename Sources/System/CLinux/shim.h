#pragma once
// Linux calls that Swift's Glibc module map leaves out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

// prctl is variadic, which Swift cannot call. The kernel keeps the first 15 bytes of the name.
static inline int clinux_set_thread_name(const char *name) {
    return prctl(PR_SET_NAME, name, 0L, 0L, 0L);
}

// glibc declares these two only under _GNU_SOURCE, which Swift's importer does not define.
#include <spawn.h>
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
static const short clinux_spawn_setsid = 0x80;  // POSIX_SPAWN_SETSID
