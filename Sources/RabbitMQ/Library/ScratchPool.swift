internal import CRabbitMQ
internal import Glibc

/// Short-lived C memory for the texts and tables of the methods that are being encoded.
struct ScratchPool: ~Copyable {
    private var pool = amqp_pool_t()

    init() { init_amqp_pool(&pool, 4096) }

    deinit {
        var pool = pool
        empty_amqp_pool(&pool)
    }

    mutating func recycle() { recycle_amqp_pool(&pool) }

    mutating func bytes(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { bytes(UnsafeRawBufferPointer($0)) }
    }

    mutating func bytes(_ bytes: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return amqp_bytes_t() }
        let copy = allocate(bytes.count)
        copy.copyMemory(from: base, byteCount: bytes.count)
        return amqp_bytes_t(len: bytes.count, bytes: copy)
    }

    mutating func table(_ table: FieldTable) -> amqp_table_t {
        guard !table.entries.isEmpty else { return amqp_table_t() }
        let count = table.entries.count
        let entries = allocate(count * MemoryLayout<amqp_table_entry_t>.stride)
            .bindMemory(to: amqp_table_entry_t.self, capacity: count)
        for (index, entry) in table.entries.enumerated() {
            (entries + index).initialize(to: amqp_table_entry_t(key: bytes(entry.name), value: value(entry.value)))
        }
        return amqp_table_t(num_entries: Int32(count), entries: entries)
    }

    private mutating func value(_ value: FieldValue) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        func kind(_ kind: amqp_field_value_kind_t) { field.kind = UInt8(kind.rawValue) }
        switch value {
        case .bool(let value):
            kind(AMQP_FIELD_KIND_BOOLEAN)
            field.value.boolean = value ? 1 : 0
        case .int8(let value):
            kind(AMQP_FIELD_KIND_I8)
            field.value.i8 = value
        case .uint8(let value):
            kind(AMQP_FIELD_KIND_U8)
            field.value.u8 = value
        case .int16(let value):
            kind(AMQP_FIELD_KIND_I16)
            field.value.i16 = value
        case .uint16(let value):
            kind(AMQP_FIELD_KIND_U16)
            field.value.u16 = value
        case .int32(let value):
            kind(AMQP_FIELD_KIND_I32)
            field.value.i32 = value
        case .uint32(let value):
            kind(AMQP_FIELD_KIND_U32)
            field.value.u32 = value
        case .int64(let value):
            // RabbitMQ reads this letter as a signed number, as librabbitmq does.
            kind(AMQP_FIELD_KIND_I64)
            field.value.i64 = value
        case .float(let value):
            kind(AMQP_FIELD_KIND_F32)
            field.value.f32 = value
        case .double(let value):
            kind(AMQP_FIELD_KIND_F64)
            field.value.f64 = value
        case .decimal(let scale, let value):
            kind(AMQP_FIELD_KIND_DECIMAL)
            field.value.decimal = amqp_decimal_t(decimals: scale, value: value)
        case .string(let value):
            kind(AMQP_FIELD_KIND_UTF8)
            field.value.bytes = bytes(value)
        case .bytes(let value):
            kind(AMQP_FIELD_KIND_BYTES)
            field.value.bytes = value.withUnsafeBytes { bytes($0) }
        case .timestamp(let value):
            kind(AMQP_FIELD_KIND_TIMESTAMP)
            field.value.u64 = value
        case .array(let values):
            kind(AMQP_FIELD_KIND_ARRAY)
            field.value.array = array(values)
        case .table(let table):
            kind(AMQP_FIELD_KIND_TABLE)
            field.value.table = self.table(table)
        case .null: kind(AMQP_FIELD_KIND_VOID)
        }
        return field
    }

    private mutating func array(_ values: [FieldValue]) -> amqp_array_t {
        guard !values.isEmpty else { return amqp_array_t() }
        let fields = allocate(values.count * MemoryLayout<amqp_field_value_t>.stride)
            .bindMemory(to: amqp_field_value_t.self, capacity: values.count)
        for (index, item) in values.enumerated() { (fields + index).initialize(to: value(item)) }
        return amqp_array_t(num_entries: Int32(values.count), entries: fields)
    }

    private mutating func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        guard let memory = amqp_pool_alloc(&pool, size) else {
            preconditionFailure("no memory for \(size) bytes of a method")
        }
        return memory
    }
}
