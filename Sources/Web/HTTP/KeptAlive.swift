import API
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypesHTTP1

/// An HTTP connection that lasts as long as its client wants it (`Persistence`), and whose client is missed when its machine loses power
/// (`Channel.keepAlive`).
struct KeptAlive: ServerChildChannel {
    let http: HTTP1Channel

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        let isKept = channel.keepAlive().flatMap { channel.requireAcknowledgements() }
        return isKept.flatMap { http.setup(channel: channel, logger: logger) }.flatMapThrowing { connection in
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(Persistence(), position: .before(pipeline.handler(type: HTTP1ToHTTPServerCodec.self)))
            return connection
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        // Who responds takes off it what is not answered in a moment.
        await withTaskExecutorPreference(LoopTasks(value.channel.eventLoop)) {
            await http.handle(value: value, logger: logger)
        }
    }
}
