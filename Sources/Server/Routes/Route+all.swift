extension Route {
    /// Everything that the server answers. `openapi.json` describes the same; a test compares the two.
    static let all: [Route] = wholes + repos + commits + files + pipelines + jobs
}
