// Reads how Argo CD and Flux would judge objects, with the interpreters they embed: the Lua of a health check, and the
// expressions of a healthCheckExprs entry.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/google/cel-go/cel"
	lua "github.com/yuin/gopher-lua"
)

type request struct {
	Lua     string                   `json:"lua"`
	Failed  string                   `json:"failed"`
	Current string                   `json:"current"`
	Objects []map[string]interface{} `json:"objects"`
}

type verdict struct {
	Argo    string `json:"argo"`
	Message string `json:"message"`
	Flux    string `json:"flux"`
}

func main() {
	if err := answer(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answer() error {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return err
	}
	failed, err := compile(asked.Failed)
	if err != nil {
		return err
	}
	current, err := compile(asked.Current)
	if err != nil {
		return err
	}
	verdicts := make([]verdict, 0, len(asked.Objects))
	for _, object := range asked.Objects {
		status, message, err := argo(asked.Lua, object)
		if err != nil {
			return err
		}
		verdicts = append(verdicts, verdict{Argo: status, Message: message, Flux: flux(failed, current, object)})
	}
	return json.NewEncoder(os.Stdout).Encode(verdicts)
}

// argo runs the script as Argo CD does: no libraries but the plain ones, the object as the global obj.
func argo(script string, object map[string]interface{}) (status, message string, err error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName:   lua.OpenPackage,
		lua.BaseLibName:   lua.OpenBase,
		lua.TabLibName:    lua.OpenTable,
		lua.StringLibName: lua.OpenString,
	} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			return "", "", err
		}
	}
	state.SetGlobal("obj", luaValue(state, object))
	if err := state.DoString(script); err != nil {
		return "", "", err
	}
	answer, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return "", "", fmt.Errorf("the script gives no table")
	}
	return answer.RawGetString("status").String(), answer.RawGetString("message").String(), nil
}

func luaValue(state *lua.LState, value interface{}) lua.LValue {
	switch known := value.(type) {
	case bool:
		return lua.LBool(known)
	case float64:
		return lua.LNumber(known)
	case string:
		return lua.LString(known)
	case []interface{}:
		table := state.NewTable()
		for _, item := range known {
			table.Append(luaValue(state, item))
		}
		return table
	case map[string]interface{}:
		table := state.NewTable()
		for key, item := range known {
			table.RawSetString(key, luaValue(state, item))
		}
		return table
	}
	return lua.LNil
}

var fields = []string{"apiVersion", "kind", "metadata", "spec", "status"}

func compile(expression string) (cel.Program, error) {
	options := make([]cel.EnvOption, 0, len(fields))
	for _, field := range fields {
		options = append(options, cel.Variable(field, cel.DynType))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, err
	}
	ast, issues := env.Compile(expression)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	return env.Program(ast)
}

// flux asks "failed" before "current"; what neither is, and what cannot be read, is in progress.
func flux(failed, current cel.Program, object map[string]interface{}) string {
	holds := func(program cel.Program) bool {
		value, _, err := program.Eval(object)
		return err == nil && value.Value() == true
	}
	if holds(failed) {
		return "Failed"
	}
	if holds(current) {
		return "Current"
	}
	return "InProgress"
}
