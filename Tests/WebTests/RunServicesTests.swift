import Foundation
import Logging
import ServiceLifecycle
import Testing

@testable import Web

@Suite("What a serving process does at its end") struct RunServicesTests {
    private struct Failure: Error, Equatable {
        var of: String
    }

    private struct Failing: Service {
        func run() async throws { throw Failure(of: "service") }
    }

    private struct Ending: Service {
        func run() async throws {}
    }

    @Test("it tells of the first failure, and its log is written, whatever fails to close", arguments: [true, false])
    func failures(serviceFails: Bool) async throws {
        let pipe = Pipe()
        let log = LogStream(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let logger = log.logger(label: "tests", level: .critical)
        let service: any Service = serviceFails ? Failing() : Ending()
        await #expect(throws: Failure(of: serviceFails ? "service" : "closing")) {
            try await runServices(
                [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)], logger: logger, log: log
            ) {
                logger.critical("the last line")
                throw Failure(of: "closing")
            }
        }
        #expect(String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self).contains("the last line"))
    }
}
