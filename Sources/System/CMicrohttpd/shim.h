#pragma once
#include <microhttpd.h>
#include <string.h>

// MHD_start_daemon, MHD_get_daemon_info and MHD_get_connection_info are variadic, which Swift cannot call.
// Its enums are closed, and the C names of those Swift does not import: hence the constants.

static const enum MHD_Result cmicrohttpd_yes = MHD_YES;
static const enum MHD_Result cmicrohttpd_no = MHD_NO;
static const enum MHD_ValueKind cmicrohttpd_header = MHD_HEADER_KIND;
static const enum MHD_ResponseMemoryMode cmicrohttpd_keep = MHD_RESPMEM_PERSISTENT;
static const enum MHD_ResponseMemoryMode cmicrohttpd_copy = MHD_RESPMEM_MUST_COPY;
static const enum MHD_ConnectionNotificationCode cmicrohttpd_opened = MHD_CONNECTION_NOTIFY_STARTED;
static const enum MHD_RequestTerminationCode cmicrohttpd_sent = MHD_REQUEST_TERMINATED_COMPLETED_OK;
static const enum MHD_RequestTerminationCode cmicrohttpd_stopped = MHD_REQUEST_TERMINATED_DAEMON_SHUTDOWN;

typedef void *(*cmicrohttpd_target_callback)(void *context, const char *target, struct MHD_Connection *connection);

// Everything that a daemon without a thread of its own is started with.
struct cmicrohttpd_setup {
    int listen_socket;
    unsigned int connection_limit;
    unsigned int connection_limit_per_address;
    unsigned int idle_seconds;
    size_t connection_memory;
    void *context;
    MHD_LogCallback log;
    cmicrohttpd_target_callback target;
    MHD_AccessHandlerCallback access;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection;
};

// The router decodes the target itself: the library's decoding would make a slash of an escaped one.
static inline size_t cmicrohttpd_keep_escapes(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strlen(text);
}

static inline struct MHD_Daemon *cmicrohttpd_start(const struct cmicrohttpd_setup *setup) {
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        setup->access, setup->context,
        MHD_OPTION_EXTERNAL_LOGGER, setup->log, setup->context,
        MHD_OPTION_LISTEN_SOCKET, setup->listen_socket,
        MHD_OPTION_CONNECTION_LIMIT, setup->connection_limit,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, setup->connection_limit_per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, setup->idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, setup->connection_memory,
        MHD_OPTION_URI_LOG_CALLBACK, setup->target, setup->context,
        MHD_OPTION_UNESCAPE_CALLBACK, &cmicrohttpd_keep_escapes, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, setup->completed, setup->context,
        MHD_OPTION_NOTIFY_CONNECTION, setup->connection, setup->context,
        // -1 is the strict value for blanks before a header's colon, whatever its documentation says.
        MHD_OPTION_STRICT_FOR_CLIENT, -1,
        MHD_OPTION_END);
}

static inline int cmicrohttpd_epoll_descriptor(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

static inline int cmicrohttpd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static inline void *cmicrohttpd_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static inline const struct sockaddr *cmicrohttpd_client_address(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

// Bytes of the request line and the headers; 0 while they are not complete.
static inline size_t cmicrohttpd_header_bytes(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}
