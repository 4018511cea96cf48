import Hummingbird
import Telemetry

extension API {
    var metricsRoutes: [Route] {
        [
            Route(.get, "/metrics", .open, .metrics) { _ in
                Response(
                    status: .ok, headers: [.contentType: Exposition.mediaType],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: await metrics.text())))
            }
        ]
    }
}
