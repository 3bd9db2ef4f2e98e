#pragma once
#include <libpq-fe.h>
// Swift's Glibc module map leaves this out; a wait is woken through it.
#include <sys/eventfd.h>

// libpq prints notices to standard error unless somebody takes them.
static inline void cpostgres_drop_notice(void *context, const PGresult *notice) {
    (void)context;
    (void)notice;
}

static inline void cpostgres_silence(PGconn *connection) {
    PQsetNoticeReceiver(connection, cpostgres_drop_notice, 0);
}
