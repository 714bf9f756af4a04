package main

import (
	"context"
	"fmt"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	installer "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdvalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// kind is one served kind with its compiled schema.
type kind struct {
	name       string
	apiVersion string
	structural *schema.Structural
	validator  validation.SchemaValidator
	rules      *cel.Validator
}

var scheme = runtime.NewScheme()

func init() {
	installer.Install(scheme)
}

// install validates a definition as the API server does when it is created, and compiles it.
func install(text string) (*kind, []problem, error) {
	var written apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict([]byte(text), &written); err != nil {
		return nil, nil, err
	}
	scheme.Default(&written)
	var definition apiextensions.CustomResourceDefinition
	if err := scheme.Convert(&written, &definition, nil); err != nil {
		return nil, nil, err
	}
	// A new definition states no stored versions; the API server fills them in before it validates.
	for _, version := range definition.Spec.Versions {
		if version.Storage {
			definition.Status.StoredVersions = []string{version.Name}
		}
	}
	problems := problemsOf(crdvalidation.ValidateCustomResourceDefinition(context.Background(), &definition))

	served := definition.Spec.Versions[0]
	properties := definition.Spec.Validation
	if served.Schema != nil {
		properties = served.Schema
	}
	if properties == nil {
		return nil, problems, fmt.Errorf("version %s has no schema", served.Name)
	}
	structural, err := schema.NewStructural(properties.OpenAPIV3Schema)
	if err != nil {
		return nil, problems, err
	}
	problems = append(problems, problemsOf(schema.ValidateStructural(field.NewPath("schema"), structural))...)
	validator, _, err := validation.NewSchemaValidator(properties.OpenAPIV3Schema)
	if err != nil {
		return nil, problems, err
	}
	return &kind{
		name:       definition.Spec.Names.Kind,
		apiVersion: definition.Spec.Group + "/" + served.Name,
		structural: structural,
		validator:  validator,
		rules:      cel.NewValidator(structural, true, celconfig.PerCallLimit),
	}, problems, nil
}
