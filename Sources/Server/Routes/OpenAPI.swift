/// The description of the interface (OpenAPI 3.1), served at `/v1/openapi.json`.
///
/// It is kept by hand: summaries and schemas say more than could be generated. A test compares its paths, methods and parameters
/// with `Route.all`.
enum OpenAPI {
    static let document = #"""
        {
          "openapi": "3.1.0",
          "info": {
            "title": "pach",
            "version": "1",
            "description": "A data-versioned pipeline engine. Paths are percent-encoded by component; a plus is a plus. \#
        Unknown parameters and fields are refused. Flags are set by ?name, ?name=true or ?name=1. Lists are JSON arrays, or \#
        one value per line for those who accept application/jsonl. A stream that fails midway ends with a problem document: \#
        the event 'problem', or the line {\"problem\": ...}; a complete event stream ends with the event 'end'. HEAD is \#
        possible wherever GET is."
          },
          "security": [
            {"token": []}
          ],
          "paths": {
            "/healthz": {
              "get": {
                "operationId": "health",
                "summary": "Whether the process lives",
                "responses": {
                  "200": {"description": "It does", "content": {"text/plain": {"schema": {"type": "string"}}}},
                  "default": {"$ref": "#/components/responses/Problem"}
                },
                "security": []
              }
            },
            "/readyz": {
              "get": {
                "operationId": "readiness",
                "summary": "Whether the engine answers",
                "responses": {
                  "200": {"description": "It does", "content": {"text/plain": {"schema": {"type": "string"}}}},
                  "default": {"$ref": "#/components/responses/Problem"}
                },
                "security": []
              }
            },
            "/metrics": {
              "get": {
                "operationId": "metrics",
                "summary": "Metrics for Prometheus",
                "responses": {
                  "200": {"description": "Text format, version 0.0.4", "content": {"text/plain": {"schema": {"type": "string"}}}},
                  "default": {"$ref": "#/components/responses/Problem"}
                },
                "security": []
              }
            },
            "/v1/openapi.json": {
              "get": {
                "operationId": "describe",
                "summary": "This description",
                "responses": {
                  "200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}},
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/version": {
              "get": {
                "operationId": "version",
                "summary": "The engine's version",
                "responses": {
                  "200": {
                    "description": "Version and storage format",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/VersionInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/fsck": {
              "post": {
                "operationId": "fsck",
                "summary": "Checks the whole data root",
                "parameters": [
                  {
                    "name": "publish",
                    "in": "query",
                    "description": "First move landed objects to packs and refs",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  },
                  {
                    "name": "fix",
                    "in": "query",
                    "description": "Repair what can be repaired",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {
                  "200": {
                    "description": "What was found",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FsckReport"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/gc": {
              "post": {
                "operationId": "collectGarbage",
                "summary": "Frees what nothing needs any more",
                "parameters": [
                  {
                    "name": "dry_run",
                    "in": "query",
                    "description": "Change nothing, and tell what would be freed",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {
                  "200": {
                    "description": "What was freed",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/GarbageReport"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/objects/{object}/uses": {
              "parameters": [{"$ref": "#/components/parameters/object"}],
              "get": {
                "operationId": "whyObject",
                "summary": "Tells what keeps a Git object, in each repo that has it",
                "parameters": [
                  {
                    "name": "number",
                    "in": "query",
                    "description": "At most so many commits of each repo",
                    "schema": {"type": "integer", "minimum": 0, "default": 10}
                  }
                ],
                "responses": {
                  "200": {
                    "description": "What keeps it",
                    "content": {
                      "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/ObjectUse"}}},
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/ObjectUse"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/backup": {
              "post": {
                "operationId": "backUp",
                "summary": "Copies the whole data root to a folder of the server's machine",
                "parameters": [
                  {
                    "name": "link",
                    "in": "query",
                    "description": "Let packs be the same files in both where they are on one file system",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  },
                  {
                    "name": "verify_all",
                    "in": "query",
                    "description": "Also read again what earlier backups copied",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": {
                        "type": "object",
                        "properties": {"folder": {"type": "string", "description": "An absolute path"}},
                        "required": ["folder"],
                        "additionalProperties": false
                      }
                    }
                  }
                },
                "responses": {
                  "200": {
                    "description": "What was copied",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BackupReport"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/run": {
              "post": {
                "operationId": "run",
                "summary": "Runs all jobs that wait, and those that follow",
                "responses": {
                  "200": {
                    "description": "Each job as it ends (event 'job')",
                    "content": {
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/JobInfo"}},
                      "text/event-stream": {"schema": {"$ref": "#/components/schemas/JobInfo"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/repos": {
              "get": {
                "operationId": "listRepos",
                "summary": "Lists repos, newest first",
                "parameters": [
                  {
                    "name": "type",
                    "in": "query",
                    "description": "Kinds, with commas between",
                    "schema": {"type": "string", "default": "user"}
                  }
                ],
                "responses": {
                  "200": {
                    "description": "Repos",
                    "content": {
                      "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/RepoInfo"}}},
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/RepoInfo"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/repos/{repo}": {
              "parameters": [{"$ref": "#/components/parameters/repo"}],
              "put": {
                "operationId": "createRepo",
                "summary": "Creates a repo",
                "parameters": [
                  {
                    "name": "update",
                    "in": "query",
                    "description": "Change one that is there; what is not said stays",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "requestBody": {
                  "required": false,
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CreateRepo"}}}
                },
                "responses": {
                  "201": {
                    "description": "It was created",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RepoInfo"}}}
                  },
                  "200": {
                    "description": "It was updated or created",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RepoInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              },
              "get": {
                "operationId": "inspectRepo",
                "summary": "Shows a repo",
                "responses": {
                  "200": {
                    "description": "The repo",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RepoInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              },
              "delete": {
                "operationId": "deleteRepo",
                "summary": "Deletes a repo",
                "parameters": [
                  {
                    "name": "force",
                    "in": "query",
                    "description": "Also where a pipeline reads or writes it",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {"204": {"description": "Done"}, "default": {"$ref": "#/components/responses/Problem"}}
              }
            },
            "/v1/repos/{repo}/branches": {
              "parameters": [{"$ref": "#/components/parameters/repo"}],
              "get": {
                "operationId": "listBranches",
                "summary": "Lists the branches of a repo",
                "responses": {
                  "200": {
                    "description": "Branches",
                    "content": {
                      "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/BranchInfo"}}},
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/BranchInfo"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/repos/{repo}/branches/{branch}": {
              "parameters": [{"$ref": "#/components/parameters/repo"}, {"$ref": "#/components/parameters/branch"}],
              "put": {
                "operationId": "createBranch",
                "summary": "Creates a branch, or moves one",
                "parameters": [
                  {
                    "name": "If-Match",
                    "in": "header",
                    "description": "The quoted id of the commit that must be the branch's head, or *",
                    "schema": {"type": "string"}
                  }
                ],
                "requestBody": {
                  "required": false,
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CreateBranch"}}}
                },
                "responses": {
                  "200": {
                    "description": "The branch; its ETag is the head's id",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BranchInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              },
              "get": {
                "operationId": "inspectBranch",
                "summary": "Shows a branch",
                "responses": {
                  "200": {
                    "description": "The branch; its ETag is the head's id",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BranchInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              },
              "delete": {
                "operationId": "deleteBranch",
                "summary": "Deletes a branch",
                "parameters": [
                  {
                    "name": "force",
                    "in": "query",
                    "description": "Also where a pipeline reads it",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {"204": {"description": "Done"}, "default": {"$ref": "#/components/responses/Problem"}}
              }
            },
            "/v1/repos/{repo}/branches/{branch}/events": {
              "parameters": [{"$ref": "#/components/parameters/repo"}, {"$ref": "#/components/parameters/branch"}],
              "get": {
                "operationId": "subscribeCommits",
                "summary": "Tells commits of a branch as they finish",
                "parameters": [
                  {
                    "name": "from",
                    "in": "query",
                    "description": "Begin after this commit; else with those to come",
                    "schema": {"type": "string"}
                  },
                  {"name": "Last-Event-ID", "in": "header", "description": "Used where 'from' is absent", "schema": {"type": "string"}}
                ],
                "responses": {
                  "200": {
                    "description": "Commits (event 'commit', its id the commit's)",
                    "content": {
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/CommitInfo"}},
                      "text/event-stream": {"schema": {"$ref": "#/components/schemas/CommitInfo"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/repos/{repo}/commits": {
              "parameters": [{"$ref": "#/components/parameters/repo"}],
              "get": {
                "operationId": "listCommits",
                "summary": "Lists commits",
                "parameters": [
                  {"name": "to", "in": "query", "description": "Begin here and go to its ancestors", "schema": {"type": "string"}},
                  {"name": "from", "in": "query", "description": "Stop before this ancestor", "schema": {"type": "string"}},
                  {"name": "number", "in": "query", "description": "At most so many", "schema": {"type": "integer", "minimum": 0}},
                  {
                    "name": "origin",
                    "in": "query",
                    "description": "Only of this origin",
                    "schema": {"type": "string", "enum": ["USER", "AUTO", "FSCK"]}
                  }
                ],
                "responses": {
                  "200": {
                    "description": "Commits, newest first",
                    "content": {
                      "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/CommitInfo"}}},
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/CommitInfo"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              },
              "post": {
                "operationId": "startCommit",
                "summary": "Starts a commit",
                "requestBody": {
                  "required": true,
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/StartCommit"}}}
                },
                "responses": {
                  "201": {
                    "description": "The open commit",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CommitInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/repos/{repo}/commits/{commit}": {
              "parameters": [{"$ref": "#/components/parameters/repo"}, {"$ref": "#/components/parameters/commit"}],
              "get": {
                "operationId": "inspectCommit",
                "summary": "Shows a commit",
                "parameters": [
                  {
                    "name": "wait",
                    "in": "query",
                    "description": "Answer only once it has come to its end",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {
                  "200": {
                    "description": "The commit",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CommitInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/repos/{repo}/commits/{commit}/finish": {
              "parameters": [{"$ref": "#/components/parameters/repo"}, {"$ref": "#/components/parameters/commit"}],
              "post": {
                "operationId": "finishCommit",
                "summary": "Finishes a commit",
                "requestBody": {
                  "required": false,
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FinishCommit"}}}
                },
                "responses": {
                  "200": {
                    "description": "The commit, and the jobs that wait",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChangeResult"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/repos/{repo}/commits/{commit}/files": {
              "parameters": [{"$ref": "#/components/parameters/repo"}, {"$ref": "#/components/parameters/commit"}],
              "post": {
                "operationId": "putFiles",
                "summary": "Stores the files of a tar archive in one commit, all or none",
                "description": "ustar, pax and GNU archives of files and folders; links, devices and sparse files are refused.",
                "parameters": [
                  {
                    "name": "mode",
                    "in": "query",
                    "description": "What becomes of a file that is there already",
                    "schema": {"type": "string", "enum": ["overwrite", "append"], "default": "overwrite"}
                  },
                  {"name": "prefix", "in": "query", "description": "A folder to put them below", "schema": {"type": "string"}},
                  {
                    "name": "If-Match",
                    "in": "header",
                    "description": "The quoted id of the commit that must be the branch's head, or *",
                    "schema": {"type": "string"}
                  }
                ],
                "requestBody": {"required": true, "content": {"application/x-tar": {"schema": {"type": "string", "format": "binary"}}}},
                "responses": {
                  "200": {
                    "description": "The commit that holds them",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChangeResult"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/repos/{repo}/commits/{commit}/files/{path}": {
              "parameters": [
                {"$ref": "#/components/parameters/repo"},
                {"$ref": "#/components/parameters/commit"},
                {"$ref": "#/components/parameters/path"}
              ],
              "put": {
                "operationId": "putFile",
                "summary": "Stores a file",
                "parameters": [
                  {
                    "name": "mode",
                    "in": "query",
                    "description": "What becomes of a file that is there already",
                    "schema": {"type": "string", "enum": ["overwrite", "append"], "default": "overwrite"}
                  },
                  {
                    "name": "If-Match",
                    "in": "header",
                    "description": "The quoted id of the commit that must be the branch's head, or *",
                    "schema": {"type": "string"}
                  }
                ],
                "requestBody": {
                  "required": true,
                  "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
                },
                "responses": {
                  "200": {
                    "description": "The commit that holds it",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChangeResult"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              },
              "get": {
                "operationId": "getFile",
                "summary": "Reads a file",
                "parameters": [
                  {"name": "Range", "in": "header", "description": "One range of bytes", "schema": {"type": "string"}},
                  {"name": "If-Range", "in": "header", "description": "The tag that the range belongs to", "schema": {"type": "string"}},
                  {"name": "If-None-Match", "in": "header", "description": "Tags of what the client has", "schema": {"type": "string"}}
                ],
                "responses": {
                  "200": {
                    "description": "The file; its ETag is its content's id",
                    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
                  },
                  "206": {
                    "description": "The range that was asked for",
                    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
                  },
                  "304": {"description": "The client has it"},
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              },
              "delete": {
                "operationId": "deleteFile",
                "summary": "Deletes a file",
                "parameters": [
                  {
                    "name": "recursive",
                    "in": "query",
                    "description": "Also a folder, with all below it",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {
                  "200": {
                    "description": "The commit without it",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChangeResult"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/repos/{repo}/commits/{commit}/entries": {
              "parameters": [{"$ref": "#/components/parameters/repo"}, {"$ref": "#/components/parameters/commit"}],
              "get": {
                "operationId": "listRoot",
                "summary": "Lists the root, or files by pattern",
                "parameters": [
                  {
                    "name": "glob",
                    "in": "query",
                    "description": "A pattern; files and folders that match",
                    "schema": {"type": "string"}
                  },
                  {
                    "name": "walk",
                    "in": "query",
                    "description": "All files below, one per line",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  },
                  {
                    "name": "info",
                    "in": "query",
                    "description": "The folder itself, one object",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {
                  "200": {
                    "description": "Entries by name, or files in order of path",
                    "content": {
                      "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/FileInfo"}}},
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/FileInfo"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/repos/{repo}/commits/{commit}/entries/{path}": {
              "parameters": [
                {"$ref": "#/components/parameters/repo"},
                {"$ref": "#/components/parameters/commit"},
                {"$ref": "#/components/parameters/path"}
              ],
              "get": {
                "operationId": "listFiles",
                "summary": "Lists a folder, or shows a file",
                "parameters": [
                  {
                    "name": "walk",
                    "in": "query",
                    "description": "All files below, one per line",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  },
                  {
                    "name": "info",
                    "in": "query",
                    "description": "The file or folder itself, one object",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {
                  "200": {
                    "description": "Entries by name, or files in order of path",
                    "content": {
                      "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/FileInfo"}}},
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/FileInfo"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/repos/{repo}/commits/{commit}/copy": {
              "parameters": [{"$ref": "#/components/parameters/repo"}, {"$ref": "#/components/parameters/commit"}],
              "post": {
                "operationId": "copyFile",
                "summary": "Copies a file or folder by reference",
                "requestBody": {
                  "required": true,
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CopyFile"}}}
                },
                "responses": {
                  "200": {
                    "description": "The commit that holds the copy",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChangeResult"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/repos/{repo}/commits/{commit}/diff": {
              "parameters": [{"$ref": "#/components/parameters/repo"}, {"$ref": "#/components/parameters/commit"}],
              "get": {
                "operationId": "diffFiles",
                "summary": "Compares two versions",
                "parameters": [
                  {"name": "path", "in": "query", "description": "What to compare; else all", "schema": {"type": "string"}},
                  {
                    "name": "old",
                    "in": "query",
                    "description": "repo@revision:/path; else the same in the parent",
                    "schema": {"type": "string"}
                  },
                  {
                    "name": "shallow",
                    "in": "query",
                    "description": "Do not descend into folders",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {
                  "200": {
                    "description": "Paths that differ",
                    "content": {
                      "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/FileDifference"}}},
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/FileDifference"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/commit-sets": {
              "get": {
                "operationId": "listCommitSets",
                "summary": "Lists commit sets, newest first",
                "parameters": [
                  {"name": "number", "in": "query", "description": "At most so many", "schema": {"type": "integer", "minimum": 0}}
                ],
                "responses": {
                  "200": {
                    "description": "Commit sets",
                    "content": {
                      "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/CommitSetInfo"}}},
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/CommitSetInfo"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/commit-sets/{id}": {
              "parameters": [{"$ref": "#/components/parameters/id"}],
              "get": {
                "operationId": "inspectCommitSet",
                "summary": "Shows all commits that share an id",
                "parameters": [
                  {
                    "name": "wait",
                    "in": "query",
                    "description": "Answer only once it has come to its end",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {
                  "200": {
                    "description": "The commit set",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CommitSetInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              },
              "delete": {
                "operationId": "dropCommitSet",
                "summary": "Removes a commit set with what it changed; heads go back to the parents",
                "responses": {
                  "204": {"description": "It is gone"},
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/commit-sets/{id}/squash": {
              "parameters": [{"$ref": "#/components/parameters/id"}],
              "post": {
                "operationId": "squashCommitSet",
                "summary": "Removes a commit set; what it changed stays in its commits' children",
                "responses": {
                  "204": {"description": "It is gone"},
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/pipelines": {
              "get": {
                "operationId": "listPipelines",
                "summary": "Lists pipelines, newest first",
                "responses": {
                  "200": {
                    "description": "Pipelines",
                    "content": {
                      "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/PipelineInfo"}}},
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/PipelineInfo"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              },
              "post": {
                "operationId": "createPipeline",
                "summary": "Creates or updates a pipeline",
                "description": "One spec, as JSON or YAML; or a tar archive of pipeline.json (or pipeline.yaml) and the code below code/.",
                "parameters": [
                  {
                    "name": "update",
                    "in": "query",
                    "description": "Replace one of that name",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  },
                  {
                    "name": "reprocess",
                    "in": "query",
                    "description": "With update: process all datums again",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  },
                  {
                    "name": "dry_run",
                    "in": "query",
                    "description": "Check, and change nothing",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  },
                  {"name": "file_name", "in": "query", "description": "The spec's name, for messages", "schema": {"type": "string"}}
                ],
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {"schema": {"type": "object"}},
                    "application/yaml": {"schema": {"type": "string"}},
                    "application/x-tar": {"schema": {"type": "string", "format": "binary"}}
                  }
                },
                "responses": {
                  "201": {
                    "description": "It was created",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PipelineInfo"}}}
                  },
                  "200": {
                    "description": "It was updated, or is what would be",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PipelineInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/pipelines/{pipeline}": {
              "parameters": [{"$ref": "#/components/parameters/pipeline"}],
              "get": {
                "operationId": "inspectPipeline",
                "summary": "Shows a pipeline",
                "responses": {
                  "200": {
                    "description": "The pipeline",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PipelineInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              },
              "delete": {
                "operationId": "deletePipeline",
                "summary": "Deletes a pipeline",
                "parameters": [
                  {
                    "name": "keep_repo",
                    "in": "query",
                    "description": "Keep its output repo",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  },
                  {
                    "name": "force",
                    "in": "query",
                    "description": "Also where another pipeline reads its output",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {"204": {"description": "Done"}, "default": {"$ref": "#/components/responses/Problem"}}
              }
            },
            "/v1/pipelines/{pipeline}/start": {
              "parameters": [{"$ref": "#/components/parameters/pipeline"}],
              "post": {
                "operationId": "startPipeline",
                "summary": "Starts a stopped pipeline",
                "responses": {"204": {"description": "Done"}, "default": {"$ref": "#/components/responses/Problem"}}
              }
            },
            "/v1/pipelines/{pipeline}/stop": {
              "parameters": [{"$ref": "#/components/parameters/pipeline"}],
              "post": {
                "operationId": "stopPipeline",
                "summary": "Stops a pipeline",
                "responses": {"204": {"description": "Done"}, "default": {"$ref": "#/components/responses/Problem"}}
              }
            },
            "/v1/pipelines/{pipeline}/logs": {
              "parameters": [{"$ref": "#/components/parameters/pipeline"}],
              "get": {
                "operationId": "pipelineLogs",
                "summary": "Reads the logs of a pipeline's jobs, oldest first",
                "parameters": [
                  {"name": "datum", "in": "query", "description": "Only lines of this datum", "schema": {"type": "string"}},
                  {
                    "name": "master",
                    "in": "query",
                    "description": "Include the engine's own remarks",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  },
                  {
                    "name": "follow",
                    "in": "query",
                    "description": "Stay, and deliver lines as they are written",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  },
                  {"name": "tail", "in": "query", "description": "Only the last so many", "schema": {"type": "integer", "minimum": 0}},
                  {
                    "name": "since",
                    "in": "query",
                    "description": "Only lines written since then (RFC 3339)",
                    "schema": {"type": "string"}
                  }
                ],
                "responses": {
                  "200": {
                    "description": "Lines (event 'log')",
                    "content": {
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/LogMessage"}},
                      "text/event-stream": {"schema": {"$ref": "#/components/schemas/LogMessage"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/jobs": {
              "get": {
                "operationId": "listJobs",
                "summary": "Lists jobs, newest first",
                "parameters": [
                  {"name": "pipeline", "in": "query", "description": "Only of this pipeline", "schema": {"type": "string"}},
                  {"name": "id", "in": "query", "description": "Only with this id", "schema": {"type": "string"}},
                  {"name": "state", "in": "query", "description": "States, with commas between", "schema": {"type": "string"}},
                  {"name": "number", "in": "query", "description": "At most so many", "schema": {"type": "integer", "minimum": 0}}
                ],
                "responses": {
                  "200": {
                    "description": "Jobs",
                    "content": {
                      "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/JobInfo"}}},
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/JobInfo"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/job-sets": {
              "get": {
                "operationId": "listJobSets",
                "summary": "Lists job sets, newest first",
                "parameters": [
                  {"name": "number", "in": "query", "description": "At most so many", "schema": {"type": "integer", "minimum": 0}}
                ],
                "responses": {
                  "200": {
                    "description": "Job sets",
                    "content": {
                      "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/JobSetInfo"}}},
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/JobSetInfo"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/job-sets/{id}": {
              "parameters": [{"$ref": "#/components/parameters/id"}],
              "get": {
                "operationId": "inspectJobSet",
                "summary": "Shows all jobs that share an id",
                "parameters": [
                  {
                    "name": "wait",
                    "in": "query",
                    "description": "Answer only once it has come to its end",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {
                  "200": {
                    "description": "The job set",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/JobSetInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/jobs/{pipeline}/{id}": {
              "parameters": [{"$ref": "#/components/parameters/pipeline"}, {"$ref": "#/components/parameters/id"}],
              "get": {
                "operationId": "inspectJob",
                "summary": "Shows a job",
                "parameters": [
                  {
                    "name": "wait",
                    "in": "query",
                    "description": "Answer only once it has come to its end",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  }
                ],
                "responses": {
                  "200": {
                    "description": "The job",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/JobInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              },
              "delete": {
                "operationId": "deleteJob",
                "summary": "Deletes the record of a job",
                "responses": {"204": {"description": "Done"}, "default": {"$ref": "#/components/responses/Problem"}}
              }
            },
            "/v1/jobs/{pipeline}/{id}/stop": {
              "parameters": [{"$ref": "#/components/parameters/pipeline"}, {"$ref": "#/components/parameters/id"}],
              "post": {
                "operationId": "stopJob",
                "summary": "Stops a job",
                "responses": {"204": {"description": "Done"}, "default": {"$ref": "#/components/responses/Problem"}}
              }
            },
            "/v1/jobs/{pipeline}/{id}/datums": {
              "parameters": [{"$ref": "#/components/parameters/pipeline"}, {"$ref": "#/components/parameters/id"}],
              "get": {
                "operationId": "listDatums",
                "summary": "Lists the datums of a job",
                "responses": {
                  "200": {
                    "description": "Datums",
                    "content": {
                      "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/DatumInfo"}}},
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/DatumInfo"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/jobs/{pipeline}/{id}/datums/{datum}": {
              "parameters": [
                {"$ref": "#/components/parameters/pipeline"},
                {"$ref": "#/components/parameters/id"},
                {"$ref": "#/components/parameters/datum"}
              ],
              "get": {
                "operationId": "inspectDatum",
                "summary": "Shows a datum",
                "responses": {
                  "200": {
                    "description": "The datum",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DatumInfo"}}}
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            },
            "/v1/jobs/{pipeline}/{id}/logs": {
              "parameters": [{"$ref": "#/components/parameters/pipeline"}, {"$ref": "#/components/parameters/id"}],
              "get": {
                "operationId": "jobLogs",
                "summary": "Reads the log of a job, oldest first",
                "parameters": [
                  {"name": "datum", "in": "query", "description": "Only lines of this datum", "schema": {"type": "string"}},
                  {
                    "name": "master",
                    "in": "query",
                    "description": "Include the engine's own remarks",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  },
                  {
                    "name": "follow",
                    "in": "query",
                    "description": "Stay, and deliver lines as they are written",
                    "schema": {"type": "boolean"},
                    "allowEmptyValue": true
                  },
                  {"name": "tail", "in": "query", "description": "Only the last so many", "schema": {"type": "integer", "minimum": 0}},
                  {
                    "name": "since",
                    "in": "query",
                    "description": "Only lines written since then (RFC 3339)",
                    "schema": {"type": "string"}
                  }
                ],
                "responses": {
                  "200": {
                    "description": "Lines (event 'log')",
                    "content": {
                      "application/jsonl": {"schema": {"$ref": "#/components/schemas/LogMessage"}},
                      "text/event-stream": {"schema": {"$ref": "#/components/schemas/LogMessage"}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Problem"}
                }
              }
            }
          },
          "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {
              "Problem": {
                "description": "What could not be done, and why",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
              }
            },
            "parameters": {
              "repo": {
                "name": "repo",
                "in": "path",
                "required": true,
                "description": "A repo: name, or name.meta or name.spec",
                "schema": {"type": "string"}
              },
              "branch": {
                "name": "branch",
                "in": "path",
                "required": true,
                "description": "A branch's name",
                "schema": {"type": "string"}
              },
              "commit": {
                "name": "commit",
                "in": "path",
                "required": true,
                "description": "A branch's name, a commit's id, or either with ^, ^N, ~N or .N",
                "schema": {"type": "string"}
              },
              "path": {
                "name": "path",
                "in": "path",
                "required": true,
                "description": "A path in the commit, each component percent-encoded, with slashes between",
                "schema": {"type": "string"}
              },
              "pipeline": {
                "name": "pipeline",
                "in": "path",
                "required": true,
                "description": "A pipeline's name",
                "schema": {"type": "string"}
              },
              "object": {
                "name": "object",
                "in": "path",
                "required": true,
                "description": "40 hexadecimal digits",
                "schema": {"type": "string"}
              },
              "id": {
                "name": "id",
                "in": "path",
                "required": true,
                "description": "32 hexadecimal digits",
                "schema": {"type": "string"}
              },
              "datum": {
                "name": "datum",
                "in": "path",
                "required": true,
                "description": "64 hexadecimal digits",
                "schema": {"type": "string"}
              }
            },
            "schemas": {
              "Problem": {
                "type": "object",
                "properties": {
                  "type": {"type": "string"},
                  "title": {"type": "string"},
                  "status": {"type": "integer"},
                  "detail": {"type": "string"},
                  "instance": {"type": "string"},
                  "code": {"type": "string"},
                  "cause": {"type": "string"},
                  "hint": {"type": "string"},
                  "request_id": {"type": "string"},
                  "errors": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "file": {"type": "string"},
                        "line": {"type": "integer"},
                        "column": {"type": "integer"},
                        "pointer": {"type": "string"},
                        "detail": {"type": "string"}
                      }
                    }
                  }
                },
                "required": ["type", "title", "status", "detail", "code"]
              },
              "CreateRepo": {
                "type": "object",
                "properties": {"description": {"type": "string"}, "retention": {"$ref": "#/components/schemas/Retention"}},
                "additionalProperties": false
              },
              "Retention": {
                "type": "object",
                "description": "How long commits are kept: while either says so; all where neither is there",
                "properties": {
                  "commits": {"type": "integer", "minimum": 1},
                  "duration": {"type": "string", "example": "720h"}
                }
              },
              "CreateBranch": {
                "type": "object",
                "properties": {"head": {"type": "string", "description": "A revision of the repo, or repo@revision"}},
                "additionalProperties": false
              },
              "StartCommit": {
                "type": "object",
                "properties": {"branch": {"type": "string"}, "parent": {"type": "string"}, "description": {"type": "string"}},
                "additionalProperties": false,
                "required": ["branch"]
              },
              "FinishCommit": {"type": "object", "properties": {"description": {"type": "string"}}, "additionalProperties": false},
              "CopyFile": {
                "type": "object",
                "properties": {
                  "source": {"type": "string", "description": "repo@revision:/path"},
                  "path": {"type": "string"},
                  "mode": {"type": "string", "enum": ["overwrite", "append"]}
                },
                "additionalProperties": false,
                "required": ["source", "path"]
              },
              "Repo": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "type": {"type": "string", "enum": ["user", "meta", "spec"]}},
                "required": ["name", "type"]
              },
              "Branch": {
                "type": "object",
                "properties": {"repo": {"$ref": "#/components/schemas/Repo"}, "name": {"type": "string"}},
                "required": ["repo", "name"]
              },
              "Commit": {
                "type": "object",
                "properties": {"branch": {"$ref": "#/components/schemas/Branch"}, "id": {"type": "string"}},
                "required": ["branch", "id"]
              },
              "Size": {"type": "object", "properties": {"size_bytes": {"type": "integer"}}, "required": ["size_bytes"]},
              "GarbageReport": {
                "type": "object",
                "properties": {
                  "dry_run": {"type": "boolean"},
                  "expired": {"type": "array", "items": {"$ref": "#/components/schemas/Commit"}},
                  "repos": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "repo": {"$ref": "#/components/schemas/Repo"},
                        "objects_kept": {"type": "integer"},
                        "objects_removed": {"type": "integer"},
                        "bytes_freed": {"type": "integer"},
                        "packs_before": {"type": "integer"},
                        "packs_after": {"type": "integer"},
                        "problem": {"type": "string"}
                      }
                    }
                  }
                }
              },
              "ObjectUse": {
                "type": "object",
                "properties": {
                  "repo": {"$ref": "#/components/schemas/Repo"},
                  "kind": {"type": "string", "enum": ["blob", "tree", "commit", "tag"]},
                  "size_bytes": {"type": "integer"},
                  "keepers": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "commit": {"$ref": "#/components/schemas/Commit"},
                        "refs": {"type": "array", "items": {"type": "string"}},
                        "path": {"type": "string"}
                      }
                    }
                  },
                  "keeper_count": {"type": "integer"}
                }
              },
              "BackupReport": {
                "type": "object",
                "properties": {
                  "repos": {"type": "integer"},
                  "packs_copied": {"type": "integer"},
                  "packs_present": {"type": "integer"},
                  "bytes_copied": {"type": "integer"}
                }
              },
              "RepoInfo": {
                "type": "object",
                "properties": {
                  "repo": {"$ref": "#/components/schemas/Repo"},
                  "created": {"type": "string", "format": "date-time"},
                  "description": {"type": "string"},
                  "branches": {"type": "array", "items": {"$ref": "#/components/schemas/Branch"}},
                  "retention": {"$ref": "#/components/schemas/Retention"},
                  "details": {"$ref": "#/components/schemas/Size"}
                }
              },
              "BranchInfo": {
                "type": "object",
                "properties": {
                  "branch": {"$ref": "#/components/schemas/Branch"},
                  "head": {"$ref": "#/components/schemas/Commit"},
                  "provenance": {"type": "array", "items": {"$ref": "#/components/schemas/Branch"}},
                  "direct_provenance": {"type": "array", "items": {"$ref": "#/components/schemas/Branch"}},
                  "subvenance": {"type": "array", "items": {"$ref": "#/components/schemas/Branch"}}
                }
              },
              "CommitInfo": {
                "type": "object",
                "properties": {
                  "commit": {"$ref": "#/components/schemas/Commit"},
                  "origin": {"type": "object", "properties": {"kind": {"type": "string", "enum": ["USER", "AUTO", "FSCK"]}}},
                  "state": {"type": "string", "enum": ["STARTED", "READY", "FINISHED"]},
                  "description": {"type": "string"},
                  "parent_commit": {"$ref": "#/components/schemas/Commit"},
                  "started": {"type": "string", "format": "date-time"},
                  "finished": {"type": "string", "format": "date-time"},
                  "error": {"type": "string"},
                  "direct_provenance": {"type": "array", "items": {"$ref": "#/components/schemas/Commit"}},
                  "details": {"$ref": "#/components/schemas/Size"},
                  "git_commit": {"type": "string"},
                  "tree": {"type": "string"}
                }
              },
              "CommitSetInfo": {
                "type": "object",
                "properties": {
                  "commit_set": {"type": "object", "properties": {"id": {"type": "string"}}},
                  "commits": {"type": "array", "items": {"$ref": "#/components/schemas/CommitInfo"}}
                }
              },
              "ChangeResult": {
                "type": "object",
                "properties": {"commit": {"$ref": "#/components/schemas/CommitInfo"}, "pending_jobs": {"type": "integer"}}
              },
              "FileInfo": {
                "type": "object",
                "properties": {
                  "file": {
                    "type": "object",
                    "properties": {"commit": {"$ref": "#/components/schemas/Commit"}, "path": {"type": "string"}}
                  },
                  "file_type": {"type": "string", "enum": ["FILE", "DIR"]},
                  "committed": {"type": "string", "format": "date-time"},
                  "size_bytes": {"type": "integer"},
                  "hash": {"type": "string"}
                }
              },
              "FileDifference": {
                "type": "object",
                "properties": {
                  "new_file": {"$ref": "#/components/schemas/FileInfo"},
                  "old_file": {"$ref": "#/components/schemas/FileInfo"}
                }
              },
              "PipelineInfo": {
                "type": "object",
                "properties": {
                  "pipeline": {"type": "object", "properties": {"name": {"type": "string"}}},
                  "version": {"type": "integer"},
                  "spec_commit": {"$ref": "#/components/schemas/Commit"},
                  "stopped": {"type": "boolean"},
                  "state": {"type": "string", "enum": ["PIPELINE_RUNNING", "PIPELINE_PAUSED", "PIPELINE_FAILURE"]},
                  "reason": {"type": "string"},
                  "last_job_state": {"type": "string"},
                  "effective_spec": {"type": "object"},
                  "user_spec_json": {"type": "string"},
                  "details": {
                    "type": "object",
                    "properties": {
                      "created_at": {"type": "string", "format": "date-time"},
                      "description": {"type": "string"},
                      "note": {"type": "string"},
                      "salt": {"type": "string"}
                    }
                  }
                }
              },
              "Job": {
                "type": "object",
                "properties": {"pipeline": {"type": "object", "properties": {"name": {"type": "string"}}}, "id": {"type": "string"}}
              },
              "Statistics": {
                "type": "object",
                "properties": {
                  "download_bytes": {"type": "integer"},
                  "upload_bytes": {"type": "integer"},
                  "download_time": {"type": "number"},
                  "process_time": {"type": "number"},
                  "upload_time": {"type": "number"}
                }
              },
              "JobInfo": {
                "type": "object",
                "properties": {
                  "job": {"$ref": "#/components/schemas/Job"},
                  "pipeline_version": {"type": "integer"},
                  "output_commit": {"$ref": "#/components/schemas/Commit"},
                  "restart": {"type": "integer"},
                  "data_processed": {"type": "integer"},
                  "data_skipped": {"type": "integer"},
                  "data_total": {"type": "integer"},
                  "data_failed": {"type": "integer"},
                  "data_recovered": {"type": "integer"},
                  "stats": {"$ref": "#/components/schemas/Statistics"},
                  "state": {
                    "type": "string",
                    "enum": [
                      "JOB_CREATED",
                      "JOB_STARTING",
                      "JOB_RUNNING",
                      "JOB_FINISHING",
                      "JOB_SUCCESS",
                      "JOB_FAILURE",
                      "JOB_KILLED",
                      "JOB_UNRUNNABLE"
                    ]
                  },
                  "reason": {"type": "string"},
                  "created": {"type": "string", "format": "date-time"},
                  "started": {"type": "string", "format": "date-time"},
                  "finished": {"type": "string", "format": "date-time"},
                  "details": {
                    "type": "object",
                    "properties": {"transform": {"type": "object"}, "input": {"type": "object"}, "planning_time": {"type": "number"}}
                  }
                }
              },
              "JobSetInfo": {
                "type": "object",
                "properties": {
                  "job_set": {"type": "object", "properties": {"id": {"type": "string"}}},
                  "jobs": {"type": "array", "items": {"$ref": "#/components/schemas/JobInfo"}}
                }
              },
              "DatumInfo": {
                "type": "object",
                "properties": {
                  "datum": {"type": "object", "properties": {"job": {"$ref": "#/components/schemas/Job"}, "id": {"type": "string"}}},
                  "state": {"type": "string", "enum": ["STARTING", "SUCCESS", "FAILED", "SKIPPED", "RECOVERED"]},
                  "hash": {"type": "string"},
                  "stats": {"$ref": "#/components/schemas/Statistics"},
                  "data": {"type": "array", "items": {"$ref": "#/components/schemas/FileInfo"}},
                  "tries": {"type": "integer"},
                  "reason": {"type": "string"},
                  "processed_by": {"type": "string"}
                }
              },
              "LogMessage": {
                "type": "object",
                "properties": {
                  "pipeline_name": {"type": "string"},
                  "job_id": {"type": "string"},
                  "datum_id": {"type": "string"},
                  "worker_id": {"type": "string"},
                  "source": {"type": "string", "enum": ["stdout", "stderr", "master"]},
                  "ts": {"type": "string", "format": "date-time"},
                  "message": {"type": "string"}
                }
              },
              "FsckReport": {
                "type": "object",
                "properties": {
                  "repos_checked": {"type": "integer"},
                  "commits_checked": {"type": "integer"},
                  "objects_checked": {"type": "integer"},
                  "findings": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "properties": {
                        "severity": {"type": "string", "enum": ["repaired", "damage"]},
                        "repo": {"$ref": "#/components/schemas/Repo"},
                        "message": {"type": "string"},
                        "object": {"type": "string"},
                        "commits": {"type": "array", "items": {"$ref": "#/components/schemas/Commit"}},
                        "files": {"type": "array", "items": {"type": "string"}},
                        "pipelines": {"type": "array", "items": {"type": "string"}}
                      }
                    }
                  }
                }
              },
              "VersionInfo": {
                "type": "object",
                "properties": {"version": {"type": "string"}, "format": {"type": "integer"}},
                "required": ["version", "format"]
              }
            }
          }
        }

        """#
}
