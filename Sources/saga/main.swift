import Glibc
import SagaClient

exit(await SagaCommand.runToTheEnd().rawValue)
