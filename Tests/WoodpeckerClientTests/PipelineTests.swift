import SagaCore
import Testing
import WoodpeckerClient

struct PipelineTests {
    private static let whole = """
        {"id":77001,"number":41,"parent":39,"event":"push","status":"killed","commit":"9f2c11aa","branch":"main",
        "ref":"refs/heads/main","author":"mira","message":"Fix it","created":1790000000,"started":1790000005,
        "finished":0,"rerun_count":2,"errors":null,"variables":{"A":"1","N":7},
        "cancel_info":{"canceled_by_user":"","superseded_by":44},
        "workflows":[{"id":5,"pid":1,"name":"build","state":"success","started":1790000006,"finished":1790000050,
        "environ":{"GO":"1.26"},"children":[
        {"id":9,"pid":2,"ppid":1,"name":"clone","state":"success","type":"clone","exit_code":0},
        {"id":10,"pid":3,"ppid":1,"name":"test","state":"failure","type":"commands","exit_code":2,"error":"exit 2"}]},
        {"id":6,"pid":4,"name":"deploy","state":"someday","error":"who knows"}]}
        """

    @Test("A whole pipeline is read with its workflows and steps")
    func whole() throws {
        let pipeline = try #require(Pipeline(try JSONValue(parsing: Self.whole)))
        #expect(pipeline.id == 77001)
        #expect(pipeline.parent == 39)
        #expect(pipeline.knownStatus == .killed)
        #expect(pipeline.created == Moment(milliseconds: 1_790_000_000_000))
        #expect(pipeline.finished == nil)
        #expect(pipeline.variables == ["A": "1", "N": "7"])
        #expect(pipeline.rerunCount == 2)
        #expect(pipeline.cancelInfo?.supersededBy == 44)
        #expect(pipeline.cancelInfo?.canceledByUser == nil)
        #expect(pipeline.workflows.map(\.name) == ["build", "deploy"])
        #expect(pipeline.workflows[0].environ == ["GO": "1.26"])
        #expect(pipeline.workflows[0].children.map(\.exitCode) == [0, 2])
        #expect(pipeline.workflows[0].children[1].error == "exit 2")
        #expect(pipeline.workflows[0].children[1].knownState == .failure)
        #expect(pipeline.workflows[1].state == "someday")
        #expect(pipeline.workflows[1].knownState == nil)
    }

    @Test("A pipeline needs nothing but its number")
    func sparse() throws {
        let pipeline = try #require(Pipeline(["number": 1]))
        #expect(pipeline.parent == nil)
        #expect(pipeline.status == "")
        #expect(pipeline.knownStatus == nil)
        #expect(pipeline.cancelInfo == nil)
        #expect(pipeline.workflows.isEmpty)
    }

    @Test("What is no pipeline is none", arguments: [.null, [], ["number": "1"], ["id": 1]] as [JSONValue])
    func none(json: JSONValue) {
        #expect(Pipeline(json) == nil)
    }
}
