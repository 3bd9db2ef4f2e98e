#pragma once
#include <libpq-fe.h>
// Swift's Glibc module map leaves this out; a wait is woken through it.
#include <sys/eventfd.h>
#include <string.h>

// What the server said when it ended an idle session: libpq passes that on as a notice and nowhere else.
typedef struct {
    char sqlstate[6];
    char message[256];
} cpostgres_farewell;

// libpq prints notices to standard error unless somebody takes them. A C function, since Swift cannot see PG_DIAG_….
static inline void cpostgres_take_notice(void *context, const PGresult *notice) {
    cpostgres_farewell *farewell = (cpostgres_farewell *)context;
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    if (farewell && severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0)) {
        strncpy(farewell->sqlstate, sqlstate ? sqlstate : "", sizeof farewell->sqlstate - 1);
        strncpy(farewell->message, message ? message : "", sizeof farewell->message - 1);
    }
}

// Drops notices; keeps a farewell in `farewell`, which is zeroed and outlives the connection, or may be null.
static inline void cpostgres_watch_notices(PGconn *connection, cpostgres_farewell *farewell) {
    PQsetNoticeReceiver(connection, cpostgres_take_notice, farewell);
}
