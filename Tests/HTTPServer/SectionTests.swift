import HTTPServer
internal import Runtime
import Testing

@Suite struct SectionTests {
    @Test func `the settings file's defaults are a listener's defaults`() {
        let (wanted, own) = (HTTPLimits(HTTPSection.defaults), HTTPLimits())
        #expect(wanted.connections == own.connections && wanted.headerBytes == own.headerBytes)
        #expect(wanted.targetBytes == own.targetBytes && wanted.bodyBytes == own.bodyBytes)
        #expect(wanted.requestTime == own.requestTime && wanted.idleTime == own.idleTime)
        #expect(CompressionSettings(HTTPSection.defaults).minimumBytes == CompressionSettings().minimumBytes)
    }
}
