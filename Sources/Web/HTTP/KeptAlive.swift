import API
package import HummingbirdCore
package import Logging
package import NIOCore

/// An HTTP connection whose client is missed when its machine loses power (`Channel.keepAlive`).
package struct KeptAlive: ServerChildChannel {
    private let http: HTTP1Channel

    package init(http: HTTP1Channel) {
        self.http = http
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        channel.keepAlive().flatMap { http.setup(channel: channel, logger: logger) }
    }

    package func handle(value: HTTP1Channel.Value, logger: Logger) async {
        // `Dispatcher` takes off it what is not answered in a moment.
        await withTaskExecutorPreference(LoopTasks(value.channel.eventLoop)) {
            await http.handle(value: value, logger: logger)
        }
    }
}
