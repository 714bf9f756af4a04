package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apimachineryvalidation "k8s.io/apimachinery/pkg/api/validation"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

type server map[string]*kind

// judge answers as the API server would: nothing when it accepts the manifest.
func (served server) judge(one manifest) []problem {
	object, found, problems := served.open(one.Text)
	if object == nil {
		return problems
	}
	var old map[string]interface{}
	if one.Old != "" {
		before, _, wrong := served.open(one.Old)
		if len(wrong) > 0 {
			return []problem{{Message: fmt.Sprintf("the old manifest is not valid: %v", wrong)}}
		}
		old = before
	}
	errors := validation.ValidateCustomResource(nil, object, found.validator)
	errors = append(errors, listtype.ValidateListSetsAndMaps(nil, found.structural, object)...)
	if !blocks(errors) {
		// A nil interface, not a typed nil: the validator asks whether there is an old object at all.
		var before interface{}
		if old != nil {
			before = old
		}
		broken, _ := found.rules.Validate(context.Background(), nil, found.structural, object, before, celconfig.RuntimeCELCostBudget)
		errors = append(errors, broken...)
	}
	return append(problems, problemsOf(errors)...)
}

// open reads a manifest as kubectl does, and decodes, prunes and defaults it as the API server does.
func (served server) open(text string) (map[string]interface{}, *kind, []problem) {
	written, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		return nil, nil, []problem{{Message: err.Error()}}
	}
	var value interface{}
	if err := utiljson.Unmarshal(written, &value); err != nil {
		return nil, nil, []problem{{Message: err.Error()}}
	}
	object, ok := value.(map[string]interface{})
	if !ok {
		return nil, nil, []problem{{Message: "not an object"}}
	}
	found, ok := served[fmt.Sprint(object["kind"])]
	if !ok {
		return nil, nil, []problem{{Pointer: "/kind", Message: fmt.Sprintf("no kind %v is served", object["kind"])}}
	}
	if object["apiVersion"] != found.apiVersion {
		return nil, nil, []problem{{Pointer: "/apiVersion", Message: fmt.Sprintf("no version %v is served", object["apiVersion"])}}
	}
	var problems []problem
	// A create resets the status.
	delete(object, "status")
	unknown := pruning.PruneWithOptions(object, found.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		problems = append(problems, problem{Pointer: pointerOf(path), Message: "unknown field"})
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(object, found.structural)
	problems = append(problems, metadata(object)...)
	defaulting.Default(object, found.structural)
	return object, found, problems
}

// metadata checks what Kubernetes knows of every object.
func metadata(object map[string]interface{}) []problem {
	path := field.NewPath("metadata")
	meta, ok, unknown, err := objectmeta.GetObjectMetaWithOptions(object, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return []problem{{Pointer: "/metadata", Message: err.Error()}}
	}
	if !ok {
		return []problem{{Pointer: "/metadata", Message: "missing"}}
	}
	var problems []problem
	for _, name := range unknown {
		problems = append(problems, problem{Pointer: pointerOf(name), Message: "unknown field"})
	}
	if meta.Namespace == "" {
		meta.Namespace = "default"
	}
	errors := apimachineryvalidation.ValidateObjectMeta(meta, true, apimachineryvalidation.NameIsDNSSubdomain, path)
	return append(problems, problemsOf(errors)...)
}

// blocks: the API server runs no CEL on an object whose shape is this wrong.
func blocks(errors field.ErrorList) bool {
	for _, one := range errors {
		switch one.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return true
		}
	}
	return false
}

func problemsOf(errors field.ErrorList) []problem {
	problems := make([]problem, 0, len(errors))
	for _, one := range errors {
		problems = append(problems, problem{Pointer: pointerOf(one.Field), Message: one.ErrorBody()})
	}
	return problems
}

var index = regexp.MustCompile(`\[([^\]]*)\]`)

// pointerOf turns a path such as spec.cases[1].name into /spec/cases/1/name.
func pointerOf(path string) string {
	if path == "" || path == "<nil>" {
		return ""
	}
	dotted := index.ReplaceAllString(path, ".$1")
	return "/" + strings.ReplaceAll(strings.TrimPrefix(dotted, "."), ".", "/")
}
