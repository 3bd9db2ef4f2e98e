/// How commands, replies and changes travel: for whoever speaks AMQP to the installation, without this module.
///
/// ## A message of commands
///
/// One to 256 lines, each a JSON object (RFC 8259) in UTF-8 and ended by a newline; the last may lack it. A message has
/// at most 128 KiB, and only one that holds a single command may have more, up to 4 MiB. It goes to the direct exchange
/// of the line, to the partition of the key; commands in one message have keys of one partition. A bad line is refused
/// alone; a message beyond these bounds is refused as a whole.
///
///     {"v":1,"id":"0198f3c2a7d47c2e9f0b6d1e5a4c3b2a","tenant":"tnt_…","key":"evt_…","kind":"reserve",
///      "target":"shw_…","replyTo":"ingress-1","trace":"00-4bf9…-00f0…-01",
///      "body":{"buyer":"b-1","tier":"A","quantity":2}}
///
/// (broken here for the page; a line has no newline of its own.)
///
/// | member | |
/// | --- | --- |
/// | `v` | 1 |
/// | `id` | 16 bytes as 32 digits of lower-case hexadecimal, no UUID of version 8; the same command has the same id |
/// | `tenant` | the tenant that the sender acts for: the event must be its own |
/// | `key` | the event's id |
/// | `kind` | see below |
/// | `target` | what the command is about, unless that is the event itself; its id contains the key's |
/// | `replyTo` | who is told: 1 to 128 visible characters of ASCII, a tenant's begin with its `user-id`. Optional |
/// | `trace` | a `traceparent` of W3C Trace Context, version 00. Optional |
/// | `body` | what the route has in its body. May be left out where it says nothing |
///
/// By kind, the target's prefix and the body's members; those with a question mark may be missing:
///
///     create-event          name description? category? language? durationMinutes? performers[]?
///                           venue{name city country location{lat lon}?} currency maxTicketsPerBuyer? holdSeconds?
///                           paymentSeconds? offerSeconds? maxPassOvers? refundPolicy[{hoursBefore percent}]?
///                           tiers[{name price}] shows[as add-show]
///     change-event          tiers? refundPolicy?, and name to venue as above: name and venue if any of them is given
///     cancel-event
///     add-show              startsAt endsAt? salesStart? salesEnd?
///                           sections[{name tier rows[{name seats}]} or {name tier capacity}]
///     cancel-show     shw_
///     block, unblock  shw_  seats[]
///     reserve         shw_  buyer seats[], or buyer tier quantity together?
///     extend          rsv_  seconds
///     release         rsv_
///     join-waitlist   shw_  buyer tier quantity
///     leave-waitlist  wtl_
///     checkout        rsv_  provider acceptEquivalent? emailDigest?; no e-mail: nothing personal travels in a command.
///                           The digest is any text that differs where the address of a retry does
///     payment-created pay_  reference?
///     payment-result  pay_  status: "succeeded" with money{amount currency}, "failed" with reason, or "cancelled"
///     payment-dispute pay_  reference money{amount currency} status: "opened", "won" or "lost"
///     refund-reported pay_  reference money{amount currency}: of a refund made on the provider's own page
///     cancel-booking  bkg_
///     refund          bkg_  reason, and tickets[] or amount
///     refund-result   rfd_  status: "succeeded", or "failed" with reason
///     check-in        tkt_  gate nonce at? code?
///     move-out              partition version; only from operators' tools, behind a route that they have written
///
/// What a provider tells of a payment may come in any order and any number of times: it ends in the same state. A
/// dispute and a refund are known by their `reference`, which is the provider's name for them; both may be told before
/// the payment has succeeded, and are kept until then.
///
/// Times are RFC 3339 (finer than a microsecond is cut off). Money is `{"amount": 1999, "currency": "EUR"}` in minor
/// units; a price or a refund's amount may be the number alone, in the event's currency. A seat is `Section/Row/Seat`,
/// or `Section/Seat` where there are no rows. Numbers are whole and without exponents, but for `lat` and `lon`.
/// Members that are unknown, there twice, or null are refused, and so are U+0000, lone surrogates and more than 16
/// levels.
///
/// ## A message of commands to desks
///
/// The same for the desk line, with the tenant's own id as the key (and no override: a tenant's partition is fixed):
///
///     {"v":1,"id":"0198f3c2a7d47c2e9f0b6d1e5a4c3b2a","tenant":"tnt_…","key":"tnt_…","kind":"allocate-slot",
///      "target":"slt_…","replyTo":"ingress-1","body":{"ticketType":"GOLD"}}
///
/// By kind, the target's prefix and the body's members:
///
///     request-account            subDomain settings{as set-desk-settings}?; no names, addresses or passwords
///     account-ready              store
///     set-desk-settings          classes[{name minutes}] minutesPerTicket agents placement softAssignSeconds?
///     create-desk-ticket         ticketType
///     validate-eta               ticketType clientId?
///     allocate-slot         slt_ ticketType clientId? slotId?
///     cancel-desk-ticket    dsk_
///     resolve-desk-ticket   dsk_
///
/// A ticket's type is the name of one of the tenant's classes, 1 to 64 bytes. `placement` is "earliest" or "deadline".
/// `clientId` and `slotId` are what a request on the internal listener says in its body: they have to be the key and
/// the target.
///
/// ## A message of replies
///
/// Lines `{"v":1,"id":"…","status":201,"body":{…}}`, with `"replayed":true` before the body where the command had been
/// decided earlier. The body is what the route answers; of a refusal it is a problem of RFC 9457.
///
/// A provider's message is answered with `paymentId` and the payment's `status`, in the words of `GET /v1/payments`,
/// and what else has changed: `bookingId` and `seats` of a booking, `refundId` and `reason` of what goes back,
/// `dispute` (opened, won, lost), `endedBookingId` where the provider took or gave the money back and the tickets have
/// ended with it; with `"unchanged":true` where it said nothing new.
///
/// ## A message of changes
///
/// Lines `{"v":1,"show":"shw_…","version":12,"changes":[…]}`. Each change is one of
/// `{"from":"f","to":"h","places":[[17,3]]}` (runs of places: the first one's number and how many),
/// `{"tier":0,"waiting":3}`, `{"show":"added"}`, `{"show":"cancelled"}`. Within a line they apply in order; where there
/// are none, the show's version is announced. A show's versions have no gap: who is told one that is not the next has
/// missed something.
///
/// ## A message of loads
///
/// What estimates are made of, on the exchange `turnstile.load`: owners of partitions and ingresses say it about every
/// 250 ms, as long as they have anything to do. (Of the desk line it is `turnstile.load.desk`, where only ingresses
/// speak: its decisions are numbered by tenants.) Each line is one of
///
///     {"v":1,"owner":{"partition":12,"epoch":7,"sequence":345678,"rate":20150,"headAgeMs":12,
///      "at":"2026-11-20T09:05:00.250000Z"}}
///     {"v":1,"ingress":{"name":"ingress-1","at":"2026-11-20T09:05:00.250000Z","waiting":[[12,1500],[13,2]],
///      "accepted":123456}}
///
/// (broken here for the page). `sequence` is the partition's newest entry of the journal, `rate` the commands decided
/// in a second, 0 once there are none, and `headAgeMs` how long the owner has had the oldest one that is not answered;
/// of two owners of a partition, the one with the lower `epoch` is wrong. `waiting` are the commands that the ingress
/// has taken and knows no decision of, confirmed or not, by partition, those with none left out; `accepted` counts what
/// was confirmed to it since it started.
public enum WireFormat {
    public static let version = 1
    public static let mostLines = 256
    public static let longestMessage = 128 * 1_024
    /// Of a command that is alone in its message, without the newline.
    public static let longestLine = 4 * 1_024 * 1_024
    public static let longestReplyTo = 128
}
