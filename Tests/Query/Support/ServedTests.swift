import Testing

/// Tests that ask a query server beside a worker: one after the other, since each of them takes some twenty sessions of
/// the database.
@Suite(.serialized) struct ServedTests {}
