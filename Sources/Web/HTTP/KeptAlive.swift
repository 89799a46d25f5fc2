import API
import HummingbirdCore
import Logging
import NIOCore

/// An HTTP connection whose client is missed when its machine loses power (`Channel.keepAlive`).
struct KeptAlive: ServerChildChannel {
    let http: HTTP1Channel

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        channel.keepAlive().flatMap { http.setup(channel: channel, logger: logger) }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        // Who responds takes off it what is not answered in a moment.
        await withTaskExecutorPreference(LoopTasks(value.channel.eventLoop)) {
            await http.handle(value: value, logger: logger)
        }
    }
}
